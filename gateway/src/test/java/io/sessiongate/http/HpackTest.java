package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.sessiongate.testing.PlainBlock;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Header blocks: the examples of RFC 7541, what Netty makes of the same, and what is none. */
class HpackTest {

    private static final int TABLE_BYTES = 4096;

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** The fields of a block, with null behind them where it is none. */
    private static List<String> read(HpackDecoder decoder, byte[] block, int length) {
        List<String> fields = new ArrayList<>();
        boolean good = decoder.decode(
                block,
                0,
                length,
                (names, nameStart, nameLength, values, valueStart, valueLength) ->
                        fields.add(text(names, nameStart, nameLength) + ": " + text(values, valueStart, valueLength)));
        if (!good) {
            fields.add(null);
        }
        return fields;
    }

    private static List<String> read(HpackDecoder decoder, byte[] block) {
        return read(decoder, block, block.length);
    }

    private static String text(byte[] octets, int start, int length) {
        return new String(octets, start, length, StandardCharsets.ISO_8859_1);
    }

    // ---- appendix C

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572 | custom-key: custom-header",
                "040c 2f73 616d 706c 652f 7061 7468 | :path: /sample/path",
                "1008 7061 7373 776f 7264 0673 6563 7265 74 | password: secret",
                "82 | :method: GET"
            })
    void readsTheFieldsOfTheExamples(String block, String field) {
        assertThat(read(new HpackDecoder(TABLE_BYTES), hex(block))).containsExactly(field);
    }

    private static final String[] FIRST = {":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"};

    @ParameterizedTest
    @CsvSource({
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 8286 84be 5808 6e6f 2d63 6163 6865, "
                + "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff, 8286 84be 5886 a8eb 1064 9cbf, "
                + "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"
    })
    void readsTheRequestsOfTheExamples(String one, String two, String three) {
        HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
        assertThat(read(decoder, hex(one))).containsExactly(FIRST);
        assertThat(read(decoder, hex(two)))
                .containsExactly(Stream.concat(Arrays.stream(FIRST), Stream.of("cache-control: no-cache"))
                        .toArray(String[]::new));
        assertThat(read(decoder, hex(three)))
                .containsExactly(
                        ":method: GET",
                        ":scheme: https",
                        ":path: /index.html",
                        ":authority: www.example.com",
                        "custom-key: custom-value");
    }

    /** A table of 256 octets, from which entries go. */
    @ParameterizedTest
    @CsvSource({
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 "
                + "474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 4803 3330 37c1 c0bf, "
                + "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a "
                + "6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d "
                + "6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 "
                + "63c7 8f0b 97c8 e9ae 82ae 43d3, 4883 640e ffc1 c0bf, "
                + "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d "
                + "d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 "
                + "3d50 07"
    })
    void readsTheAnswersOfTheExamples(String one, String two, String three) {
        HpackDecoder decoder = new HpackDecoder(256);
        String[] rest = {
            "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"
        };
        assertThat(read(decoder, hex(one))).containsExactly(":status: 302", rest[0], rest[1], rest[2]);
        assertThat(read(decoder, hex(two))).containsExactly(":status: 307", rest[0], rest[1], rest[2]);
        assertThat(read(decoder, hex(three)))
                .containsExactly(
                        ":status: 200",
                        rest[0],
                        "date: Mon, 21 Oct 2013 20:13:22 GMT",
                        rest[2],
                        "content-encoding: gzip",
                        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    }

    // ---- beside Netty

    /** As Netty shows them: pseudo-header fields first. */
    private static List<String> sorted(List<String> fields) {
        return Stream.concat(
                        fields.stream().filter(f -> f.startsWith(":")),
                        fields.stream().filter(f -> !f.startsWith(":")))
                .toList();
    }

    private static List<String> fields(Http2Headers headers) {
        List<String> fields = new ArrayList<>();
        headers.forEach(f -> fields.add(f.getKey() + ": " + f.getValue()));
        return fields;
    }

    private static String word(Random random, int most, boolean any) {
        StringBuilder word = new StringBuilder();
        int length = random.nextInt(most) + 1;
        for (int i = 0; i < length; i++) {
            word.append((char) (any ? random.nextInt(256) : 'a' + random.nextInt(4)));
        }
        return word.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 40, Integer.MAX_VALUE})
    void readsWhatNettyWrites(int codedFrom) throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder(
                    (name, value) -> value.toString().startsWith("a"), false, 16, codedFrom);
            HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
            for (int block = 0; block < 60; block++) {
                if (random.nextInt(8) == 0) {
                    encoder.maxHeaderTableSize(random.nextInt(TABLE_BYTES + 1));
                }
                Http2Headers headers = new DefaultHttp2Headers(false);
                int count = random.nextInt(12);
                for (int i = 0; i < count; i++) {
                    String name = random.nextInt(3) == 0
                            ? HpackTable.staticName(1 + random.nextInt(HpackTable.STATIC_COUNT))
                            : word(random, 3, false);
                    headers.add(name, word(random, random.nextInt(10) == 0 ? 900 : 20, random.nextBoolean()));
                }
                assertThat(read(decoder, written(encoder, headers)))
                        .as("seed %d, block %d", seed, block)
                        .isEqualTo(fields(headers));
            }
        }
    }

    private static byte[] written(Http2HeadersEncoder encoder, Http2Headers headers) throws Http2Exception {
        ByteBuf out = Unpooled.buffer();
        try {
            encoder.encodeHeaders(1, headers, out);
            byte[] octets = new byte[out.readableBytes()];
            out.readBytes(octets);
            return octets;
        } finally {
            out.release();
        }
    }

    /** Blocks of all representations, of which some refer to what is not there. */
    private static final class Blocks {
        private final Random random;
        private final int tableBytes;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        /** Where a representation ends. */
        private final List<Integer> ends = new ArrayList<>();

        /** At least so many entries should be in the table. */
        private int entries;

        Blocks(Random random, int tableBytes) {
            this.random = random;
            this.tableBytes = tableBytes;
        }

        byte[] next() {
            out.reset();
            ends.clear();
            ends.add(0);
            if (random.nextInt(4) == 0) {
                PlainBlock.number(out, 0x20, 31, random.nextInt(tableBytes + 1));
                entries = 0;
                end();
            }
            int count = random.nextInt(10);
            for (int i = 0; i < count; i++) {
                field();
                end();
            }
            return out.toByteArray();
        }

        private void end() {
            ends.add(out.size());
        }

        private void field() {
            int known = Math.min(entries, tableBytes / 1000);
            int number = known > 0 && random.nextBoolean()
                    ? HpackTable.STATIC_COUNT + 1 + random.nextInt(known)
                    : random.nextInt(600) == 0 ? random.nextInt(200) : 1 + random.nextInt(HpackTable.STATIC_COUNT);
            switch (random.nextInt(5)) {
                case 0, 1 -> PlainBlock.number(out, 0x80, 127, number);
                case 2 -> {
                    literal(0x40, 63, number);
                    entries++;
                }
                case 3 -> literal(0x00, 15, number);
                default -> literal(0x10, 15, number);
            }
        }

        private void literal(int form, int most, int number) {
            if (random.nextBoolean()) {
                PlainBlock.number(out, form, most, number);
            } else {
                PlainBlock.number(out, form, most, 0);
                string(word(random, 6, false));
            }
            string(word(random, random.nextInt(8) == 0 ? 1500 : 30, random.nextBoolean()));
        }

        private void string(String text) {
            byte[] coded = random.nextBoolean() ? coded(text) : null;
            if (coded != null) {
                PlainBlock.number(out, 0x80, 127, coded.length);
                out.writeBytes(coded);
            } else {
                PlainBlock.number(out, 0, 127, text.length());
                out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** The Huffman code of a text, as Netty has it; null where it is no shorter. */
    private static byte @Nullable [] coded(String text) {
        try {
            Http2Headers one = new DefaultHttp2Headers(false).add("x", text);
            byte[] block = written(new DefaultHttp2HeadersEncoder((n, v) -> true, false, 16, 0), one);
            // Never indexed, a new name of one octet, which is coded in one: the value stands behind.
            if (block[3] >= 0) {
                return null;
            }
            int at = 4;
            if ((block[3] & 0x7f) == 0x7f) {
                while (block[at++] < 0) {
                    // the rest of its length
                }
            }
            return Arrays.copyOfRange(block, at, block.length);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void readsAndRefusesWhatNettyDoes() throws Exception {
        int read = 0;
        int refused = 0;
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            int tableBytes = List.of(0, 64, 200, TABLE_BYTES, TABLE_BYTES).get(random.nextInt(5));
            Blocks blocks = new Blocks(random, tableBytes);
            HpackDecoder decoder = new HpackDecoder(tableBytes);
            DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
            netty.configuration().maxHeaderTableSize(tableBytes);
            // A smaller table than the usual one has to be understood first (section 4.2); so Netty asks.
            ByteArrayOutputStream size = new ByteArrayOutputStream();
            PlainBlock.number(size, 0x20, 31, tableBytes);
            assertThat(read(decoder, size.toByteArray())).isEqualTo(nettys(netty, size.toByteArray()));
            boolean good = true;
            for (int block = 0; good && block < 30; block++) {
                byte[] octets = blocks.next();
                List<String> ours = read(decoder, octets);
                List<String> theirs = nettys(netty, octets);
                good = !ours.contains(null);
                assertThat(theirs != null)
                        .as("seed %d, block %d is one", seed, block)
                        .isEqualTo(good);
                if (theirs != null) {
                    assertThat(sorted(ours))
                            .as("seed %d, block %d", seed, block)
                            .isEqualTo(theirs);
                    read++;
                } else {
                    refused++;
                }
            }
        }
        assertThat(read).isGreaterThan(1_000);
        assertThat(refused).isGreaterThan(50);
    }

    private static @Nullable List<String> nettys(DefaultHttp2HeadersDecoder netty, byte[] octets) {
        try {
            return fields(netty.decodeHeaders(1, Unpooled.wrappedBuffer(octets)));
        } catch (Http2Exception e) {
            return null;
        }
    }

    @Test
    void neverTakesABlockThatIsCutForAnother() {
        for (int seed = 0; seed < 60; seed++) {
            Blocks blocks = new Blocks(new Random(seed), TABLE_BYTES);
            byte[] octets = blocks.next();
            List<String> whole = read(new HpackDecoder(TABLE_BYTES), octets);
            for (int cut = 0; cut < octets.length && !whole.contains(null); cut++) {
                List<String> part = read(new HpackDecoder(TABLE_BYTES), octets, cut);
                boolean refused = part.remove(null);
                assertThat(refused).as("seed %d, cut at %d", seed, cut).isEqualTo(!blocks.ends.contains(cut));
                assertThat(whole.subList(0, part.size())).isEqualTo(part);
            }
        }
    }

    private static String visible(Random random, int most) {
        return word(random, most, true)
                .chars()
                .filter(c -> c > ' ' && c != 0x7f)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void writesWhatNettyReads() throws Exception {
        Random random = new Random(11);
        DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        HeadStorages storages = new HeadStorages();
        for (int round = 0; round < 2_000; round++) {
            int status = random.nextInt(3) == 0 ? 200 : 100 + random.nextInt(500);
            WireResponse head = WireResponse.of(status, "Any", storages);
            List<String> expected = new ArrayList<>(List.of(":status: " + status));
            int count = random.nextInt(20);
            for (int i = 0; i < count; i++) {
                String name = random.nextBoolean()
                        ? HpackTable.staticName(15 + random.nextInt(HpackTable.STATIC_COUNT - 14))
                        : "x-" + word(random, 20, false);
                String shown = random.nextBoolean() ? name.toUpperCase(java.util.Locale.ROOT) : name;
                String value = visible(random, random.nextInt(9) == 0 ? 5_000 : 40);
                head.add(shown, value);
                if (random.nextInt(9) == 0) {
                    head.remove(name);
                    expected.removeIf(field -> field.startsWith(name + ": "));
                } else {
                    expected.add(name + ": " + value);
                }
            }
            ByteBuf out = Unpooled.buffer();
            HpackEncoder.encode(status, head.storage(), out);
            assertThat(out.readableBytes()).isLessThanOrEqualTo(HpackEncoder.mostBytes(head.storage()));
            assertThat(fields(netty.decodeHeaders(1, out))).isEqualTo(expected);
            out.release();
            head.release(storages);
        }
    }

    // ---- what is none

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "80 | the number 0",
                "be | a number behind the static table",
                "ff80808008 | a number of 28 bits",
                "ffffffffff7f | a number of 35 bits",
                "ffffffffffffffffffff7f | a number without end",
                "ff8080808080808080 | a number that begins with zeros and does not end",
                "7f0700 | a name of a number behind the tables",
                "0f33 | a name of a number behind the static table, and no value",
                "21 20 82 82 21 | an update of the size behind a field",
                "3fe21f | a table larger than was said",
                "3fffffffff7f | a table of 35 bits",
                "3f | an update that is cut",
                "00 | no name",
                "0001 | a name that is cut",
                "000161 | no value",
                "00016105 61 | a value that is cut",
                "0001617fffffffff07 61 | a value longer than there can be",
                "000161 7f8080808080 61 | a length without end",
                "000161 81 ff | eight bits of padding alone",
                "000161 82 1fff | padding of more than seven bits",
                "000161 81 18 | padding with zeros",
                "000161 81 1e | padding that ends with a zero",
                "000161 84 ffffffff | the end of string",
                "000161 85 1fffffffff | the end of string behind a letter",
                "0084ffffffff 0161 | the end of string in a name"
            })
    void refusesWhatIsNoBlock(String block, String why) {
        assertThat(read(new HpackDecoder(TABLE_BYTES), hex(block))).as(why).endsWith((String) null);
        assertThat(read(new HpackDecoder(TABLE_BYTES), hex("82 0001610162" + block)))
                .as("%s, behind two fields", why)
                .endsWith((String) null);
    }

    @Test
    void takesUpdatesOfTheSizeInFrontOfTheFields() {
        HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
        assertThat(read(decoder, hex("4001610162 be"))).containsExactly("a: b", "a: b");
        assertThat(read(decoder, hex("20 3fe11f 82"))).containsExactly(":method: GET");
        // The first of the two has emptied the table.
        assertThat(read(decoder, hex("be"))).endsWith((String) null);
    }

    /** RFC 7541 section 4.4: the name may be that of an entry which goes for it, or for which the memory is packed. */
    @Test
    void usesTheNameOfAnEntryThatGoes() {
        for (int tableBytes = 34; tableBytes < 200; tableBytes++) {
            HpackDecoder decoder = new HpackDecoder(tableBytes);
            read(decoder, PlainBlock.of());
            ByteArrayOutputStream first = new ByteArrayOutputStream();
            first.writeBytes(hex("40 03 616263 01 31"));
            List<String> fields = read(decoder, first.toByteArray());
            assertThat(fields).containsExactly("abc: 1");
            if (tableBytes < 36) {
                continue;
            }
            for (int i = 0; i < 50; i++) {
                // Literal with indexing, its name that of the youngest entry, of another length each time.
                ByteArrayOutputStream next = new ByteArrayOutputStream();
                String value = "v".repeat(i % (tableBytes - 35));
                next.write(0x7e);
                PlainBlock.number(next, 0, 127, value.length());
                next.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
                next.write(0xbe);
                assertThat(read(decoder, next.toByteArray())).containsExactly("abc: " + value, "abc: " + value);
            }
        }
    }

    /** Beside a list that says by itself which entries there are. */
    @Test
    void hasTheEntriesThatItShouldWhateverTheyAreNamedAfter() {
        for (int tableBytes = 100; tableBytes < 500; tableBytes += 13) {
            Random random = new Random(tableBytes);
            HpackDecoder decoder = new HpackDecoder(tableBytes);
            List<String> names = new ArrayList<>();
            List<String> values = new ArrayList<>();
            for (int round = 0; round < 300; round++) {
                ByteArrayOutputStream block = new ByteArrayOutputStream();
                String name;
                if (names.isEmpty() || random.nextInt(4) == 0) {
                    name = word(random, 12, false);
                    block.write(0x40);
                    PlainBlock.number(block, 0, 127, name.length());
                    block.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
                } else {
                    int entry = random.nextInt(names.size());
                    name = names.get(entry);
                    PlainBlock.number(block, 0x40, 63, HpackTable.STATIC_COUNT + 1 + entry);
                }
                String value = word(random, tableBytes / 3, false);
                PlainBlock.number(block, 0, 127, value.length());
                block.writeBytes(value.getBytes(StandardCharsets.ISO_8859_1));
                names.add(0, name);
                values.add(0, value);
                int bytes = 0;
                for (int entry = 0; entry < names.size(); entry++) {
                    bytes += names.get(entry).length() + values.get(entry).length() + 32;
                    if (bytes > tableBytes) {
                        names.subList(entry, names.size()).clear();
                        values.subList(entry, values.size()).clear();
                    }
                }
                List<String> expected = new ArrayList<>(List.of(name + ": " + value));
                for (int entry = 0; entry < names.size(); entry++) {
                    PlainBlock.number(block, 0x80, 127, HpackTable.STATIC_COUNT + 1 + entry);
                    expected.add(names.get(entry) + ": " + values.get(entry));
                }
                assertThat(read(decoder, block.toByteArray()))
                        .as("table of %d, round %d", tableBytes, round)
                        .isEqualTo(expected);
            }
        }
    }
}
