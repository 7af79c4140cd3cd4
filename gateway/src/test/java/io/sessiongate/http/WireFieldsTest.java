package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.SimpleHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Fields over octets and an index: what is asked, changed and written, and who may still ask. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class WireFieldsTest {

    private final HeadStorages storages = new HeadStorages();

    private WireRequest read(String fields) {
        RequestReader reader = new RequestReader(1 << 20, 1000, 5000, storages);
        ByteBuf in =
                Unpooled.wrappedBuffer(("GET /a HTTP/1.1\r\n" + fields + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
        in.release();
        return reader.head();
    }

    private static String written(WireRequest head) {
        ByteBuf out = Unpooled.buffer();
        head.writeTo(out);
        assertThat(out.readableBytes()).isLessThanOrEqualTo(head.encodedBytes());
        String text = out.toString(StandardCharsets.ISO_8859_1);
        out.release();
        return text;
    }

    @Test
    void findsByNameInAnyCaseAndInOrder() {
        WireRequest head = read("Host: x\r\nA: 1\r\na: 2\r\nB: 3\r\nA: 4\r\n");
        assertThat(head.first("a")).isEqualTo("1");
        assertThat(head.all("A")).containsExactly("1", "2", "4");
        assertThat(head.all("HOST")).containsExactly("x");
        assertThat(head.all("c")).isEmpty();
        assertThat(head.count("a")).isEqualTo(3);
        assertThat(head.count("c")).isZero();
        assertThat(head.contains("b")).isTrue();
        assertThat(head.contains("c")).isFalse();
        assertThat(head.contains("")).isFalse();
        assertThat(head.first("")).isNull();
        assertThat(head.size()).isEqualTo(5);
        head.release(storages);
    }

    @Test
    void tellsTheHostsOfHeadsInTheSameMemoryApart() {
        for (String host : List.of("a.example", "b.example", "b.example", "a.exampl", "a.example:1")) {
            WireRequest head = read("Host: " + host + "\r\n");
            assertThat(head.first("Host")).isEqualTo(host);
            head.release(storages);
        }
    }

    @Test
    void readsNumbersOfDigitsOnly() {
        WireRequest head = read("A: 0\r\nB: 0012\r\nC: 999999999999999999\r\nD: 1000000000000000000\r\nE: +1\r\n"
                + "F: 1 2\r\nG: 1,1\r\nH:\r\nI: 0x1\r\nJ: \u00b2\r\n");
        assertThat(head.number("A")).isZero();
        assertThat(head.number("B")).isEqualTo(12);
        assertThat(head.number("C")).isEqualTo(999_999_999_999_999_999L);
        for (String name : List.of("D", "E", "F", "G", "H", "I", "J", "none")) {
            assertThat(head.number(name)).as(name).isNegative();
        }
        head.release(storages);
    }

    /** Also where a line names Connection itself, which is not to hide the lines behind it. */
    @Test
    void stripsWhatEveryLineOfConnectionNames() {
        WireRequest head = read("Host: x\r\nConnection: connection, \tX-One ,,close\r\nConnection: KEEP-ALIVE\r\n"
                + "X-One: 1\r\nConnection: host,x-two\r\nX-Two: 2\r\nX-On: 3\r\n");
        HopByHop.strip(head);
        assertThat(written(head)).isEqualTo("GET /a HTTP/1.1\r\nHost: x\r\nX-On: 3\r\n\r\n");
        head.release(storages);
        WireRequest misnaming = read("Host: x\r\nConnection: keep-alive, x-one\r\nConnection: close,\tCookie \r\n");
        assertThat(HopByHop.misnamed(misnaming)).isEqualTo("cookie");
        misnaming.release(storages);
    }

    @Test
    void showsValuesWithoutStrings() {
        WireRequest head = read("Host: x\r\nA: Bearer one\r\nB: 3\r\na: \u00e9\r\nA:\r\n");
        FieldText text = Objects.requireNonNull(head.text("a"));
        assertThat(text).hasToString("Bearer one").hasSize(10);
        assertThat(text.charAt(7)).isEqualTo('o');
        assertThat(text.indexOf('e', 0)).isEqualTo(1);
        assertThat(text.indexOf('e', 2)).isEqualTo(4);
        assertThat(text.indexOf('r', 6)).isEqualTo(-1); // what stands behind it is no part of it
        assertThat(text.startsWith("Bearer", 0)).isTrue();
        assertThat(text.startsWith("bearer", 0)).isFalse();
        assertThat(text.startsWithIgnoreCase("bEARER", 0)).isTrue();
        assertThat(text.startsWith("one", 7)).isTrue();
        assertThat(text.startsWith("one\r", 7)).isFalse();
        assertThat(text.startsWithIgnoreCase("one\r", 7)).isFalse();
        assertThat(text.substring(7, 10)).isEqualTo("one");
        FieldText second = Objects.requireNonNull(text.next());
        assertThat(second).hasToString("\u00e9");
        assertThat(second.charAt(0)).isEqualTo('\u00e9');
        FieldText third = Objects.requireNonNull(second.next());
        assertThat(third).isEmpty();
        assertThat(third.next()).isNull();
        assertThat(head.text("c")).isNull();
        head.release(storages);
        assertThatThrownBy(() -> head.text("a")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void showsValuesOfOtherHeadsAlike() {
        SimpleHead head = SimpleHead.get("/", "A", "one", "B", "x", "a", "two");
        FieldText text = Objects.requireNonNull(head.text("a"));
        assertThat(text).hasToString("one");
        assertThat(text.next()).isNotNull().hasToString("two");
        assertThat(head.text("c")).isNull();
    }

    @Test
    void tellsNamesApartThatLookAlike() {
        // The same length, first, middle and last octet; the same but for a bit that is case in letters only.
        WireRequest head = read(
                "abcde: 1\r\naxcxe: 2\r\nAbcdE: 3\r\na^c~e: 4\r\na~c^e: 5\r\n" + "n".repeat(257) + ": 6\r\nn: 7\r\n");
        assertThat(head.all("abcde")).containsExactly("1", "3");
        assertThat(head.all("AXCXE")).containsExactly("2");
        assertThat(head.all("a^c~e")).containsExactly("4");
        assertThat(head.all("a~c^e")).containsExactly("5");
        assertThat(head.all("n")).containsExactly("7");
        assertThat(head.all("N".repeat(257))).containsExactly("6");
        assertThat(head.all("\u00e1bcde")).isEmpty();
        assertThat(head.all("\u0161bcde")).isEmpty();
        head.remove("abcde");
        assertThat(head.all("axcxe")).containsExactly("2");
        assertThat(head.size()).isEqualTo(5);
        head.release(storages);
    }

    @Test
    void listsElementsOfAllLines() {
        WireRequest head = read("Connection: a, Close\t\r\nconnection: ,b ,, c d\r\nX:\r\n");
        for (String token : List.of("a", "close", "CLOSE", "b", "c d")) {
            assertThat(head.lists("Connection", token)).as(token).isTrue();
        }
        for (String token : List.of("clos", "lose", "c", "d", "a, close", "b,")) {
            assertThat(head.lists("Connection", token)).as(token).isFalse();
        }
        assertThat(head.lists("X", "a")).isFalse();
        assertThat(head.lists("Y", "a")).isFalse();
        head.release(storages);
    }

    @Test
    void doesAsAPlainListDoesWhateverIsAskedOfIt() {
        List<String> names = List.of("A", "a", "Host", "hOST", "X-Long-Name", "x-long-Mame", "B", "^", "~");
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            WireRequest head = read("Host: x\r\nA:  1 \r\nB:\r\na:2\r\n");
            SimpleHead plain = SimpleHead.get("/a", "Host", "x", "A", "1", "B", "", "a", "2");
            for (int i = 0; i < 40; i++) {
                String name = names.get(random.nextInt(names.size()));
                String value = "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 3000 : 5));
                switch (random.nextInt(6)) {
                    case 0, 1 -> {
                        head.add(name, value);
                        plain.add(name, value);
                    }
                    case 2 -> {
                        head.set(name, value);
                        plain.set(name, value);
                    }
                    case 3 -> {
                        head.remove(name);
                        plain.remove(name);
                    }
                    case 4 -> {
                        char first = name.charAt(0);
                        head.removeNames(n -> n.charAt(0) == first && n.length() > 1);
                        plain.removeNames(n -> n.charAt(0) == first && n.length() > 1);
                    }
                    default -> {
                        String target = "/" + value;
                        head.target(target);
                        plain.target(target);
                    }
                }
                assertThat(head.first(name)).isEqualTo(plain.first(name));
                assertThat(head.all(name)).isEqualTo(plain.all(name));
            }
            List<String> lines = new ArrayList<>();
            plain.forEach((name, value) -> lines.add(name + ": " + value));
            assertThat(OwnReading.lines(head)).as("seed %d", seed).isEqualTo(lines);
            assertThat(written(head))
                    .isEqualTo("GET " + plain.target() + " HTTP/1.1\r\n"
                            + String.join(
                                    "",
                                    lines.stream().map(line -> line + "\r\n").toList()) + "\r\n");
            assertThat(written(head)).isEqualTo(written(head));
            head.release(storages);
        }
    }

    @Test
    void growsBeyondWhatItBeganWith() {
        WireRequest head = read("");
        for (int i = 0; i < 1000; i++) {
            head.add("N" + i, "v".repeat(i % 100));
        }
        assertThat(head.size()).isEqualTo(1000);
        assertThat(head.first("n999")).isEqualTo("v".repeat(99));
        assertThat(written(head)).contains("\r\nN500: \r\nN501: v\r\n");
        head.release(storages);
    }

    @Test
    void givesTheRoomOfWhatWasAddedAndRemovedBack() {
        WireRequest head = read("Host: x\r\n");
        int bytes = head.encodedBytes();
        for (int i = 0; i < 10_000; i++) {
            head.set("X-A", "value");
            head.set("X-B", "value");
            head.remove("x-b");
            head.remove("x-a");
        }
        assertThat(head.encodedBytes()).isEqualTo(bytes);
        assertThat(OwnReading.lines(head)).containsExactly("Host: x");
        head.release(storages);
    }

    @Test
    void refusesToWriteWhatIsNoField() {
        WireRequest head = read("Host: x\r\n");
        for (int c = 0; c < 256; c++) {
            String octet = String.valueOf((char) c);
            boolean text = c == '\t' || (c >= ' ' && c != 0x7f);
            boolean token = c < 0x7f && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
            boolean target = c > ' ' && c < 0x7f && c != '#';
            assertThat(takes(() -> head.add("X", "a" + octet + "b")))
                    .as("value %d", c)
                    .isEqualTo(text);
            assertThat(takes(() -> head.add("X" + octet, "a"))).as("name %d", c).isEqualTo(token);
            assertThat(takes(() -> head.target("/" + octet))).as("target %d", c).isEqualTo(target);
        }
        assertThatThrownBy(() -> head.add("", "a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> head.add("\u0141", "a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> head.target("/\u0141")).isInstanceOf(IllegalArgumentException.class);
        head.release(storages);
    }

    private static boolean takes(Runnable change) {
        try {
            change.run();
            return true;
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    @Test
    void leavesNothingOfAFieldThatWasRefused() {
        WireRequest head = read("Host: x\r\n");
        assertThatThrownBy(() -> head.add("X", "a\r\nY: b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> head.add("X\r\nY", "a")).isInstanceOf(IllegalArgumentException.class);
        assertThat(written(head)).isEqualTo("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        head.release(storages);
    }

    @Test
    void writesWhatNoOctetIsAsAQuestionMark() {
        WireRequest head = read("");
        head.add("X", "\u010d\u010a\u560d\u00e9\ud83d\ude00");
        assertThat(written(head)).isEqualTo("GET /a HTTP/1.1\r\nX: ???\u00e9?\r\n\r\n");
        head.release(storages);
    }

    @Test
    void isNobodysOnceItWasGivenBack() {
        WireRequest head = read("Host: x\r\n");
        head.release(storages);
        head.release(storages);
        WireRequest next = read("Cookie: secret\r\n");
        List<Runnable> uses = List.of(
                () -> head.first("cookie"),
                () -> head.all("cookie"),
                () -> head.contains("cookie"),
                () -> head.count("cookie"),
                () -> head.lists("cookie", "secret"),
                () -> head.forEach((n, v) -> {}),
                head::size,
                head::target,
                head::encodedBytes,
                () -> head.add("a", "b"),
                () -> head.set("a", "b"),
                () -> head.remove("cookie"),
                () -> head.removeNames(n -> true),
                () -> head.target("/b"),
                () -> head.writeTo(Unpooled.buffer()));
        for (Runnable use : uses) {
            assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class);
        }
        assertThat(OwnReading.lines(next)).containsExactly("Cookie: secret");
        next.release(storages);
        // Given back twice it was lent once: two heads at a time have memory of their own.
        WireRequest one = read("A: 1\r\n");
        WireRequest other = read("B: 2\r\n");
        assertThat(OwnReading.lines(one)).containsExactly("A: 1");
        assertThat(OwnReading.lines(other)).containsExactly("B: 2");
        one.release(storages);
        other.release(storages);
    }

    @Test
    void forgetsTheTextOfWhatItHeld() {
        HeadStorage storage = new HeadStorage();
        WireRequest head = new WireRequest(storage);
        head.add("Cookie", "secret");
        assertThat(head.first("cookie")).isEqualTo("secret");
        head.remove("cookie");
        head.release(storages);
        assertThat(storage.values).containsOnlyNulls();
    }
}
