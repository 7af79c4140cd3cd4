package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.testing.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every octet at every place of a head ({@code @} marks it): taken exactly where the grammar of RFC 9110 and 9112 has it.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class HeadGrammarTest {

    private final HeadStorages storages = new HeadStorages();

    private static boolean tchar(int c) {
        return alpha(c) || digit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static boolean alpha(int c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }

    private static boolean digit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean vchar(int c) {
        return c >= 0x21 && c <= 0x7e;
    }

    /** Field content: VCHAR, obs-text, SP, HTAB. */
    private static boolean text(int c) {
        return vchar(c) || c >= 0x80 || c == ' ' || c == '\t';
    }

    static List<Arguments> places() {
        String fields = " HTTP/1.1\r\nHost: x\r\n\r\n";
        List<Arguments> all = new ArrayList<>();
        // A CR before the method begins an empty line, which is another thing.
        place(all, true, "@ET /" + fields, HeadGrammarTest::tchar);
        place(all, true, "G@T /" + fields, HeadGrammarTest::tchar);
        place(all, true, "GE@ /" + fields, HeadGrammarTest::tchar);
        place(all, true, "GET@/" + fields, c -> c == ' ');
        place(all, true, "GET /" + "@b" + fields, c -> vchar(c) && c != '#');
        place(all, true, "GET @b" + fields, c -> vchar(c) && c != '#');
        place(all, true, "GET /b@" + fields, c -> vchar(c) && c != '#');
        place(all, true, "GET /@HTTP/1.1\r\nHost: x\r\n\r\n", c -> c == ' ');
        String version = "HTTP/1.1\r\n";
        for (int i = 0; i < version.length(); i++) {
            char there = version.charAt(i);
            String marked = version.substring(0, i) + "@" + version.substring(i + 1);
            boolean minor = i == 7;
            place(all, true, "GET / " + marked + "Host: x\r\n\r\n", c -> c == there || (minor && c == '0'));
        }
        String status = "HTTP/1.1 200 ";
        for (int i = 0; i < status.length(); i++) {
            char there = status.charAt(i);
            String marked = status.substring(0, i) + "@" + status.substring(i + 1);
            boolean minor = i == 7;
            boolean code = i > 8 && i < 12;
            place(
                    all,
                    false,
                    marked + "OK\r\nA: b\r\n\r\n",
                    c -> c == there || (minor && c == '0') || (code && digit(c)));
        }
        place(all, false, "HTTP/1.1 200 @K\r\nA: b\r\n\r\n", HeadGrammarTest::text);
        place(all, false, "HTTP/1.1 200 O@\r\nA: b\r\n\r\n", HeadGrammarTest::text);
        place(all, false, "HTTP/1.1 200 OK@\nA: b\r\n\r\n", c -> c == '\r');
        place(all, false, "HTTP/1.1 200 OK\r@A: b\r\n\r\n", c -> c == '\n');
        for (boolean request : new boolean[] {true, false}) {
            String start = request ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n";
            place(all, request, start + "@b: c\r\n\r\n", HeadGrammarTest::tchar);
            place(all, request, start + "a@b: c\r\n\r\n", c -> tchar(c) || c == ':');
            place(all, request, start + "a@: c\r\n\r\n", c -> tchar(c) || c == ':');
            place(all, request, start + "a@c\r\n\r\n", c -> c == ':');
            place(all, request, start + "a:@c\r\n\r\n", HeadGrammarTest::text);
            place(all, request, start + "a: @c\r\n\r\n", HeadGrammarTest::text);
            place(all, request, start + "a: b@c\r\n\r\n", HeadGrammarTest::text);
            place(all, request, start + "a: b@\r\n\r\n", HeadGrammarTest::text);
            place(all, request, start + "a: b@\n\r\n", c -> c == '\r');
            place(all, request, start + "a: b\r@\r\n", c -> c == '\n');
            place(all, request, start + "a: b\r\n@\n", c -> c == '\r');
            place(all, request, start + "a: b\r\n\r@", c -> c == '\n');
        }
        return all;
    }

    private static void place(List<Arguments> all, boolean request, String head, IntPredicate taken) {
        all.add(Arguments.of(Seen.quote(head), request, head, taken));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void takesEveryOctetExactlyWhereItBelongs(String name, boolean request, String head, IntPredicate taken) {
        for (int c = 0; c < 256; c++) {
            if (head.startsWith("@") && c == '\r') {
                continue;
            }
            String octets = head.replace('@', (char) c);
            assertThat(whole(request, octets)).as("octet %d of %s", c, name).isEqualTo(taken.test(c));
        }
    }

    private boolean whole(boolean request, String text) {
        ByteBuf in = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
        try {
            if (request) {
                RequestReader reader = new RequestReader(1000, 100, 10, storages);
                HeadProgress progress = reader.read(in);
                reader.close();
                return progress == HeadProgress.DONE;
            }
            ResponseReader reader = new ResponseReader(1000, 10, storages);
            HeadProgress progress = reader.read(in);
            reader.release();
            return progress == HeadProgress.DONE;
        } finally {
            in.release();
        }
    }

    @Test
    void knowsVersionsThatAreWrittenAsOnesAre() {
        IntStream.range(0, 100).forEach(version -> {
            String text = "GET / HTTP/" + version / 10 + "." + version % 10 + "\r\nHost: x\r\n\r\n";
            RequestReader reader = new RequestReader(1000, 100, 10, storages);
            ByteBuf in = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
            boolean known = version == 10 || version == 11;
            assertThat(reader.read(in)).isEqualTo(known ? HeadProgress.DONE : HeadProgress.REFUSED);
            if (known) {
                assertThat(reader.head().http10()).isEqualTo(version == 10);
            } else {
                assertThat(reader.fault().kind()).isEqualTo(FaultKind.VERSION_NOT_SUPPORTED);
            }
            reader.close();
            in.release();
        });
    }

    @Test
    void showsWhatStandsThereWithoutTheBlanksAround() {
        WireRequest head = request("GET / HTTP/1.1\r\nA:\t b\tc  d \t\r\nB:\r\nC: \r\na: \u00ff\u00a0\r\n\r\n");
        assertThat(head.all("A")).containsExactly("b\tc  d", "\u00ff\u00a0");
        assertThat(head.first("b")).isEmpty();
        assertThat(head.first("c")).isEmpty();
        assertThat(head.size()).isEqualTo(4);
        head.release(storages);
    }

    private WireRequest request(String text) {
        RequestReader reader = new RequestReader(1000, 100, 10, storages);
        ByteBuf in = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
        in.release();
        return reader.head();
    }
}
