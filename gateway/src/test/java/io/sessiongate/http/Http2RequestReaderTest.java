package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.Http2RequestReader.Block;
import io.sessiongate.testing.PlainBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of the heads and trailers of requests, rule by rule of RFC 9113 section 8 and RFC 8441. */
class Http2RequestReaderTest {

    private static final int MOST_BYTES = 1000;
    private static final int MOST_TARGET = 100;
    private static final int MOST_FIELDS = 10;

    private final HeadStorages storages = new HeadStorages();
    private final Http2RequestReader reader = new Http2RequestReader(MOST_BYTES, MOST_TARGET, MOST_FIELDS, storages);

    /** A block, and what it is. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Row(String says, Block result, List<String> head, boolean ends, String[] fields) {

        @Override
        public String toString() {
            return result + ": " + says;
        }
    }

    private static final List<Row> ROWS = new ArrayList<>();

    private static void malformed(String says, String... fields) {
        ROWS.add(new Row(says, Block.MALFORMED, List.of(), true, fields));
    }

    private static void tooLarge(String says, String... fields) {
        ROWS.add(new Row(says, Block.TOO_LARGE, List.of(), true, fields));
    }

    private static void good(String says, String head, String... fields) {
        ROWS.add(new Row(says, Block.GOOD, List.of(head.split("\\|")), true, fields));
    }

    private static void open(String says, String head, String... fields) {
        ROWS.add(new Row(says, Block.GOOD, List.of(head.split("\\|")), false, fields));
    }

    private static String[] get(String... more) {
        return request("GET", "/", more);
    }

    private static String[] request(String method, String path, String... more) {
        return concat(new String[] {":method", method, ":scheme", "https", ":authority", "x", ":path", path}, more);
    }

    private static String[] webSocket(String... more) {
        return request("CONNECT", "/chat", concat(new String[] {":protocol", "websocket"}, more));
    }

    private static String[] concat(String[] one, String[] other) {
        return Stream.concat(Arrays.stream(one), Arrays.stream(other)).toArray(String[]::new);
    }

    static {
        pseudoHeaderFields();
        hosts();
        paths();
        methods();
        connects();
        names();
        values();
        fieldsOfTheConnection();
        cookies();
        bodies();
        limits();
    }

    static Stream<Row> rows() {
        return ROWS.stream();
    }

    private static void pseudoHeaderFields() {
        good("a request", "GET /|host: x", get());
        good(
                "pseudo-header fields in any order",
                "GET /a|host: x",
                ":path",
                "/a",
                ":authority",
                "x",
                ":scheme",
                "http",
                ":method",
                "GET");
        malformed("one behind a field", concat(new String[] {"a", "b"}, get()));
        malformed("one among the fields", get("a", "b", ":scheme", "http"));
        malformed("one there is not", get(":test", "1"));
        malformed("one of answers", get(":status", "200"));
        malformed("a colon alone", get(":", "1"));
        malformed("one in upper case", get(":Method", "GET"));
        for (int twice = 0; twice < 8; twice += 2) {
            malformed("two " + get()[twice], concat(new String[] {get()[twice], get()[twice + 1]}, get()));
            if (twice != 4) {
                List<String> others = new ArrayList<>(Arrays.asList(get()));
                others.subList(twice, twice + 2).clear();
                malformed("no " + get()[twice], others.toArray(String[]::new));
            }
        }
        malformed("no field at all");
        malformed("another scheme", ":method", "GET", ":scheme", "ftp", ":authority", "x", ":path", "/");
        malformed("a scheme in upper case", ":method", "GET", ":scheme", "HTTP", ":authority", "x", ":path", "/");
        malformed("an empty scheme", ":method", "GET", ":scheme", "", ":authority", "x", ":path", "/");
    }

    private static void hosts() {
        String[] bare = {":method", "GET", ":scheme", "http", ":path", "/"};
        good("Host in the place of the authority", "GET /|host: y", concat(bare, new String[] {"host", "y"}));
        good("neither Host nor authority, which is for others to judge", "GET /", bare);
        good("two Host, which are for others to judge", "GET /|host: y|host: z", concat(bare, new String[] {
            "host", "y", "host", "z"
        }));
        good("Host that is the authority", "GET /|host: x", get("host", "x"));
        good("Host that is the authority in other letters", "GET /|host: x|a: b", get("host", "X", "a", "b"));
        good("Host twice that is the authority", "GET /|host: x", get("host", "x", "host", "x"));
        malformed("Host that is not the authority", get("host", "y"));
        malformed("Host of which the authority is the first part", get("host", "xy"));
        malformed("Host that is empty where the authority is not", get("host", ""));
        malformed("Host of which the second is not the authority", get("host", "x", "host", "y"));
    }

    private static void paths() {
        good("a path with a query", "GET /a/b?c=d&e=%20|host: x", request("GET", "/a/b?c=d&e=%20"));
        good("the asterisk", "OPTIONS *|host: x", request("OPTIONS", "*"));
        for (String path : List.of(
                "",
                "a",
                "*a",
                "**",
                "http://x/",
                "//x/ y",
                "/a b",
                "/a\tb",
                "/#a",
                "/\u0080",
                "/\u007f",
                "/\0",
                "/\r\n",
                " /",
                "?a")) {
            malformed("the path '" + path + "'", request("GET", path));
        }
    }

    private static void methods() {
        good("a method of its own", "M-SEARCH /|host: x", request("M-SEARCH", "/"));
        good("a method in lower case, which is another", "get /|host: x", request("get", "/"));
        good("the longest method", "M".repeat(32) + " /|host: x", request("M".repeat(32), "/"));
        for (String method : List.of("", "G ET", "GET ", "GET/", "G\0T", "G:T", "M".repeat(33))) {
            malformed("the method '" + method + "'", request(method, "/"));
        }
    }

    private static void connects() {
        good("CONNECT", "CONNECT *|host: x:1", ":method", "CONNECT", ":authority", "x:1");
        malformed("CONNECT without an authority", ":method", "CONNECT");
        malformed("CONNECT with a path", ":method", "CONNECT", ":authority", "x:1", ":path", "/");
        malformed("CONNECT with a scheme", ":method", "CONNECT", ":authority", "x:1", ":scheme", "http");
        open(
                "a WebSocket",
                "GET /chat|host: x|a: b|Connection: upgrade|Upgrade: websocket|Sec-WebSocket-Key: *",
                webSocket("a", "b"));
        open(
                "a WebSocket with a key, which is of no use",
                "GET /chat|host: x|Connection: upgrade|Upgrade: websocket|Sec-WebSocket-Key: *",
                webSocket("sec-websocket-key", "abc"));
        malformed("a WebSocket whose stream has ended", webSocket());
        ROWS.add(new Row(
                "a WebSocket with a length", Block.MALFORMED, List.of(), false, webSocket("content-length", "0")));
        malformed("two protocols", webSocket(":protocol", "websocket"));
        malformed("a protocol for GET", get(":protocol", "websocket"));
        malformed(
                "a WebSocket without an authority",
                ":method",
                "CONNECT",
                ":scheme",
                "https",
                ":path",
                "/",
                ":protocol",
                "websocket");
        malformed(
                "a WebSocket without a path",
                ":method",
                "CONNECT",
                ":scheme",
                "https",
                ":authority",
                "x",
                ":protocol",
                "websocket");
        good(
                "another protocol, which is CONNECT to all",
                "CONNECT /chat|host: x",
                request("CONNECT", "/chat", ":protocol", "webtransport"));
    }

    private static void names() {
        good("a name of all kinds of letters", "GET /|host: x|a!#$%&'*+-.^_`~09: b", get("a!#$%&'*+-.^_`~09", "b"));
        for (String name :
                List.of("", "X-Test", "x-tesT", "a b", "a:b", "a\0", "a\r\nb", "a\t", "\u00e4", "a\u007f", "(a)")) {
            malformed("the name '" + name + "'", get(name, "1"));
        }
    }

    private static void values() {
        good("an empty value", "GET /|host: x|a: ", get("a", ""));
        good(
                "blanks within a value, and octets beyond ASCII",
                "GET /|host: x|a: b \t c\u00ff\u0080",
                get("a", "b \t c\u00ff\u0080"));
        for (String value :
                List.of(" b", "b ", "\tb", "b\t", " ", "\r", "b\nc", "b\r\nc: d", "b\0c", "\u0001", "b\u007f")) {
            malformed("the value '" + value + "'", get("a", value));
            malformed("the cookie '" + value + "'", get("cookie", "a=1", "cookie", value));
            malformed(
                    "the authority '" + value + "'",
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":authority",
                    value,
                    ":path",
                    "/");
        }
    }

    private static void fieldsOfTheConnection() {
        for (String name : List.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")) {
            malformed(name, get(name, "close"));
            malformed(name + " that is empty", get(name, ""));
        }
        good("te of trailers", "GET /|host: x|te: trailers", get("te", "trailers"));
        malformed("te of more", get("te", "trailers, gzip"));
        malformed("te of nothing", get("te", ""));
    }

    private static void cookies() {
        good("a cookie", "GET /|host: x|cookie: a=1; b=2", get("cookie", "a=1; b=2"));
        good(
                "crumbs side by side",
                "GET /|host: x|cookie: a=1; b=2; c=3",
                get("cookie", "a=1", "cookie", "b=2", "cookie", "c=3"));
        good(
                "crumbs at both ends",
                "GET /|host: x|e: f|cookie: a=1; b=2",
                get("cookie", "a=1", "e", "f", "cookie", "b=2"));
        good(
                "crumbs everywhere",
                "GET /|host: x|e: f|g: h|cookie: a=1; b=2; c=3; d=4",
                get("cookie", "a=1", "cookie", "b=2", "e", "f", "cookie", "c=3", "g", "h", "cookie", "d=4"));
        good(
                "crumbs with a field behind",
                "GET /|host: x|g: h|e: f|cookie: a=1; b=2",
                get("cookie", "a=1", "g", "h", "cookie", "b=2", "e", "f"));
        good(
                "crumbs around Host",
                "GET /|host: x|cookie: a=1; b=2",
                get("cookie", "a=1", "host", "x", "cookie", "b=2"));
        good("a crumb that is empty", "GET /|host: x|cookie: ; b=2", get("cookie", "", "cookie", "b=2"));
    }

    private static void bodies() {
        open("a body of which the end is not said", "POST /|host: x|Transfer-Encoding: chunked", request("POST", "/"));
        open("a body with a length", "POST /|host: x|content-length: 3", request("POST", "/", "content-length", "3"));
        good("no body", "POST /|host: x", request("POST", "/"));
    }

    private static void limits() {
        // Each field counts 32 octets beyond its own: those of a request are 3+7+32, 5+7+32, 1+10+32 and so on.
        int rest = MOST_BYTES - bytes(get("a", ""));
        good("as many octets as may be", "GET /|host: x|a: " + "v".repeat(rest), get("a", "v".repeat(rest)));
        tooLarge("an octet more", get("a", "v".repeat(rest + 1)));
        tooLarge("an octet more, of which it is malformed as well", get("a", "v".repeat(rest + 1), ":x", ""));
        good("the longest path", "GET /" + "p".repeat(99) + "|host: x", request("GET", "/" + "p".repeat(99)));
        tooLarge("a longer path", request("GET", "/" + "p".repeat(100)));
        String[] ten = new String[20];
        Arrays.fill(ten, "a");
        good("as many fields as may be", "GET /|host: x" + "|a: a".repeat(10), get(ten));
        tooLarge("a field more", get(concat(ten, new String[] {"a", "a"})));
        String[] crumbs = new String[4 * 9];
        Arrays.setAll(crumbs, i -> i % 4 == 0 ? "cookie" : i % 4 == 2 ? "a" : "b");
        good(
                "many crumbs, which are one field",
                "GET /|host: x" + "|a: b".repeat(9) + "|cookie: b" + "; b".repeat(8),
                get(crumbs));
    }

    private static int bytes(String... fields) {
        return Arrays.stream(fields).mapToInt(String::length).sum() + fields.length / 2 * 32;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void readsAHeadOrSaysWhatIsWrong(Row row) {
        byte[] block = PlainBlock.of(row.fields);
        assertThat(reader.request(block, 0, block.length, row.ends)).isEqualTo(row.result);
        WireRequest head = reader.head();
        if (row.result == Block.GOOD) {
            assertThat(lines(head)).isEqualTo(row.head);
        }
        head.release(storages);
        // Nothing of it is left in the next one.
        byte[] next = PlainBlock.of(get("cookie", "n=1"));
        assertThat(reader.request(next, 0, next.length, true)).isEqualTo(Block.GOOD);
        assertThat(lines(reader.head())).containsExactly("GET /", "host: x", "cookie: n=1");
    }

    private static List<String> lines(WireRequest head) {
        List<String> lines = new ArrayList<>();
        lines.add(head.method() + " " + head.target());
        head.forEach(
                (name, value) -> lines.add(name + ": " + (name.toString().equals("Sec-WebSocket-Key") ? "*" : value)));
        return lines;
    }

    @Test
    void saysWhichLimitAHeadIsBeyond() {
        byte[] path = PlainBlock.of(request("GET", "/" + "p".repeat(100)));
        reader.request(path, 0, path.length, true);
        assertThat(reader.fault().kind()).isEqualTo(FaultKind.URI_TOO_LONG);
        byte[] large = PlainBlock.of(get("a", "v".repeat(MOST_BYTES)));
        reader.request(large, 0, large.length, true);
        assertThat(reader.fault().kind()).isEqualTo(FaultKind.HEAD_TOO_LARGE);
    }

    @Test
    void hasAMethodAndATargetForAHeadThatIsTooLargeToHaveShownThem() {
        byte[] block = PlainBlock.of(":authority", "x".repeat(MOST_BYTES), ":method", "GET", ":path", "/");
        assertThat(reader.request(block, 0, block.length, true)).isEqualTo(Block.TOO_LARGE);
        WireRequest head = reader.head();
        assertThat(head.method()).isEqualTo("UNKNOWN");
        assertThat(head.target()).isEqualTo("/");
    }

    @Test
    void readsTrailersOrSaysWhatIsWrong() {
        assertThat(trailers("a", "b", "c", "d")).isEqualTo(Block.GOOD);
        WireTrailers read = Objects.requireNonNull(reader.takeTrailers());
        assertThat(read.first("c")).isEqualTo("d");
        assertThat(trailers()).isEqualTo(Block.GOOD);
        assertThat(reader.takeTrailers()).isNull();
        for (String[] wrong : List.of(
                new String[] {":method", "GET"},
                new String[] {"a", "b", ":path", "/"},
                new String[] {"A", "b"},
                new String[] {"a", "b\r\n"},
                new String[] {"connection", "close"},
                new String[] {"transfer-encoding", "chunked"})) {
            assertThat(trailers(wrong)).isEqualTo(Block.MALFORMED);
            assertThat(reader.trailersFlawed()).isTrue();
        }
        assertThat(trailers("a", "v".repeat(MOST_BYTES))).isEqualTo(Block.TOO_LARGE);
        assertThat(reader.trailersFlawed()).isTrue();
        String[] many = new String[22];
        Arrays.fill(many, "a");
        assertThat(trailers(many)).isEqualTo(Block.TOO_LARGE);
    }

    private Block trailers(String... fields) {
        reader.dropTrailers();
        byte[] block = PlainBlock.of(fields);
        return reader.trailers(block, 0, block.length);
    }

    @Test
    void refusesWhatIsNoBlockHoweverLittleOfItIsWanted() {
        byte[] none = {(byte) 0x82, (byte) 0x80};
        assertThat(reader.request(none, 0, 2, true)).isEqualTo(Block.UNREADABLE);
        assertThat(reader.skip(none, 0, 2)).isFalse();
        assertThat(trailers()).isEqualTo(Block.GOOD);
        assertThat(reader.trailers(none, 0, 2)).isEqualTo(Block.UNREADABLE);
    }
}
