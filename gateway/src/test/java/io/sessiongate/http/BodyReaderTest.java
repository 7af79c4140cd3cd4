package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.testing.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies by length, in chunks and up to the end: every octet in its place, every bound, every cut. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class BodyReaderTest {

    private static final String CHUNKS = "5;a=\"b\\\"\";c\r\nhello\r\n00A\r\n0123456789\r\n0;x\r\nX-A: b\r\nY:\r\n\r\n";

    private final HeadStorages storages = new HeadStorages();
    private final BodyReader reader = new BodyReader(200, 4, storages);

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What was read of it: the body, {@code |}, what is left; and whether it is done or refused. */
    private String read(long length, List<ByteBuf> pieces) {
        reader.begin(length);
        StringBuilder body = new StringBuilder();
        StringBuilder behind = new StringBuilder();
        for (ByteBuf piece : pieces) {
            for (ByteBuf part = reader.next(piece); part != null; part = reader.next(piece)) {
                body.append(part.toString(StandardCharsets.ISO_8859_1));
                part.release();
            }
            behind.append(piece.toString(StandardCharsets.ISO_8859_1));
            assertThat(piece.refCnt()).isEqualTo(1);
            piece.release();
        }
        String end = reader.fault() != null ? "refused" : reader.done() ? "done" : "more";
        assertThat(reader.done()).isEqualTo(end.equals("done"));
        return end.equals("refused") ? end : body + "|" + behind + " " + end;
    }

    /** The same all at once and octet by octet. */
    private String chunked(String text) {
        String whole = read(BodyReader.CHUNKED, Cuts.whole(octets(text), Cuts.Kind.HEAP));
        reader.release();
        String single = read(BodyReader.CHUNKED, Cuts.single(octets(text), Cuts.Kind.DIRECT));
        reader.release();
        assertThat(single).isEqualTo(whole);
        return whole;
    }

    @ParameterizedTest
    @EnumSource(Cuts.Kind.class)
    void readsTheSameHoweverItIsCutAndLeavesWhatIsBehind(Cuts.Kind kind) {
        byte[] input = octets(CHUNKS + "next");
        for (int at = 0; at <= input.length; at++) {
            mustBeTheChunks(read(BodyReader.CHUNKED, Cuts.two(input, at, kind)));
        }
        mustBeTheChunks(read(BodyReader.CHUNKED, Cuts.single(input, kind)));
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            mustBeTheChunks(read(BodyReader.CHUNKED, Cuts.random(input, random)));
        }
        for (int at = 0; at <= 9; at++) {
            assertThat(read(5, Cuts.two(octets("hellonext"), at, kind))).isEqualTo("hello|next done");
        }
    }

    private void mustBeTheChunks(String read) {
        assertThat(read).isEqualTo("hello0123456789|next done");
        WireTrailers trailers = Objects.requireNonNull(reader.trailers());
        assertThat(OwnReading.lines(trailers)).containsExactly("X-A: b", "Y: ");
        reader.release();
        assertThat(reader.trailers()).isNull();
    }

    @Test
    void readsByLengthAndUpToTheEnd() {
        assertThat(read(0, Cuts.whole(octets("next"), Cuts.Kind.HEAP))).isEqualTo("|next done");
        assertThat(read(5, Cuts.whole(octets("hell"), Cuts.Kind.HEAP))).isEqualTo("hell| more");
        assertThat(reader.endOfInput()).isFalse();
        assertThat(read(Long.MAX_VALUE, Cuts.whole(octets("hell"), Cuts.Kind.HEAP)))
                .isEqualTo("hell| more");
        assertThat(read(BodyReader.UNTIL_CLOSE, Cuts.single(octets("hello"), Cuts.Kind.HEAP)))
                .isEqualTo("hello| more");
        assertThat(reader.endOfInput()).isTrue();
        assertThat(reader.done()).isTrue();
        assertThat(chunked("5\r\nhello\r\n0\r\n")).isEqualTo("hello| more");
        assertThat(reader.endOfInput()).isFalse();
    }

    @Test
    void passesPiecesUncopied() {
        reader.begin(BodyReader.CHUNKED);
        byte[] input = octets("5\r\nhello\r\n0\r\n\r\n");
        ByteBuf in = Unpooled.wrappedBuffer(input);
        ByteBuf piece = Objects.requireNonNull(reader.next(in));
        input[3] = 'j';
        assertThat(piece.toString(StandardCharsets.US_ASCII)).isEqualTo("jello");
        assertThat(in.refCnt()).isEqualTo(2);
        piece.release();
        assertThat(reader.next(in)).isNull();
        in.release();
        reader.release();
    }

    @ParameterizedTest
    @CsvSource({
        "0,|next done",
        "00,|next done",
        "000000000000000,|next done",
        "0000000000000000,refused",
        "'',refused",
        "' 0',refused",
        "'0 ',refused",
        "'0\t',refused",
        "+0,refused",
        "-0,refused",
        "0x0,refused",
        "g,refused",
        "0_0,refused",
        "\uff10,refused",
    })
    void takesOnlyHexadecimalDigitsAsASize(String size, String read) {
        assertThat(chunked(size + "\r\n\r\nnext")).isEqualTo(read);
    }

    @Test
    void takesSizesOfFifteenDigitsWithoutALossOfBits() {
        assertThat(chunked("fffffffffffffff\r\nhello")).isEqualTo("hello| more");
        assertThat(chunked("1fffffffffffffff\r\nhello")).isEqualTo("refused");
        assertThat(chunked("000000000000005\r\nhello\r\n0\r\n\r\n")).isEqualTo("hello| done");
        assertThat(chunked("100000000\r\nhello")).isEqualTo("hello| more");
        assertThat(chunked("80000000\r\nhello")).isEqualTo("hello| more");
    }

    private static boolean tchar(int c) {
        return (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static boolean text(int c) {
        return c == '\t' || (c >= ' ' && c != 0x7f);
    }

    private void takes(String chunks, IntPredicate taken) {
        for (int c = 0; c < 256; c++) {
            String read = read(BodyReader.CHUNKED, Cuts.whole(octets(chunks.replace('@', (char) c)), Cuts.Kind.HEAP));
            reader.release();
            assertThat(read.endsWith(" done"))
                    .as("octet %d of %s: %s", c, Seen.quote(chunks), read)
                    .isEqualTo(taken.test(c));
        }
    }

    @Test
    void takesEveryOctetOfAChunkExactlyWhereItBelongs() {
        String end = "\r\n\r\n";
        takes("@" + end, c -> c == '0');
        takes("0@" + end, c -> c == '0');
        takes("@\r\nx\r\n0" + end, c -> c == '1');
        takes("0@\n\r\n", c -> c == '\r');
        takes("0\r@\r\n", c -> c == '\n');
        takes("1\r\nx@\n0" + end, c -> c == '\r');
        takes("1\r\nx\r@0" + end, c -> c == '\n');
        takes("1\r\n@\r\n0" + end, c -> true);
        takes("0;@" + end, BodyReaderTest::tchar);
        takes("0;a@" + end, c -> tchar(c));
        takes("0;a@b" + end, c -> tchar(c) || c == ';' || c == '=');
        takes("0;a=@" + end, BodyReaderTest::tchar);
        takes("0;a=b@" + end, BodyReaderTest::tchar);
        takes("0;a=b@c" + end, c -> tchar(c) || c == ';');
        takes("0;a=@\"" + end, c -> c == '"');
        takes("0;a=\"@\"" + end, c -> text(c) && c != '"' && c != '\\');
        takes("0;a=\"\\@\"" + end, BodyReaderTest::text);
        takes("0;a=\"b\"@" + end, c -> false);
        takes("0;a=\"b\"@c" + end, c -> c == ';');
        takes("0\r\n@\n", c -> c == '\r');
        takes("0\r\n@: b" + end, BodyReaderTest::tchar);
        takes("0\r\na@ b" + end, c -> c == ':');
        takes("0\r\na: @" + end, BodyReaderTest::text);
        takes("0\r\na: b\r@\r\n", c -> c == '\n');
        takes("0\r\na: b\r\n\r@", c -> c == '\n');
    }

    @Test
    void boundsExtensions() {
        String end = "\r\n\r\n";
        assertThat(chunked("0;" + "a".repeat(256) + end)).isEqualTo("| done");
        assertThat(chunked("0;" + "a".repeat(257) + end)).isEqualTo("refused");
        String line = "1;" + "a".repeat(256) + "\r\nx\r\n";
        assertThat(chunked(line.repeat(16) + "0" + end)).isEqualTo("x".repeat(16) + "| done");
        assertThat(chunked(line.repeat(16) + "0;a" + end)).isEqualTo("refused");
        // The next body begins with none.
        assertThat(chunked(line.repeat(16) + "0" + end)).endsWith("done");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201})
    void boundsTrailers(int length) {
        String empty = "X: \r\n\r\n";
        String trailers = empty.replace("X: ", "X: " + "a".repeat(length - empty.length()));
        assertThat(chunked("0\r\n" + trailers)).isEqualTo(length > 200 ? "refused" : "| done");
        int fields = length - 196;
        assertThat(chunked("0\r\n" + "A: b\r\n".repeat(fields) + "\r\n")).isEqualTo(fields > 4 ? "refused" : "| done");
    }

    @Test
    void saysWhatIsWrongAndReadsNoFurther() {
        reader.begin(BodyReader.CHUNKED);
        ByteBuf in = Unpooled.wrappedBuffer(octets("1\r\nxy\r\n0\r\n\r\n"));
        ByteBuf piece = Objects.requireNonNull(reader.next(in));
        piece.release();
        assertThat(reader.next(in)).isNull();
        assertThat(kind()).isEqualTo(FaultKind.MALFORMED_REQUEST);
        int left = in.readableBytes();
        assertThat(reader.next(in)).isNull();
        assertThat(in.readableBytes()).isEqualTo(left);
        assertThat(reader.endOfInput()).isFalse();
        in.release();
    }

    private @Nullable FaultKind kind() {
        Fault fault = reader.fault();
        return fault == null ? null : fault.kind();
    }
}
