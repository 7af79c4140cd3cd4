package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that two readers could read in two ways, or that are plainly wrong: each is refused, nothing of it or of what
 * is smuggled behind it reaches the application, and the connection ends.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class StrictHeadTest {

    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final LimitsConfig LIMITS = new LimitsConfig(8192, 1000, 20, 10_000, 128 * 1024, 100);

    static List<Arguments> refused() {
        List<Arguments> all = new ArrayList<>();
        // framing: RFC 9112 section 6
        post(all, 400, "both", "Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n");
        post(all, 400, "both, other order", "Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n");
        post(all, 400, "two lengths", "Content-Length: 5\r\nContent-Length: 6", "hello");
        post(all, 400, "the same length twice", "Content-Length: 5\r\nContent-Length: 5", "hello");
        post(all, 400, "a list of lengths", "Content-Length: 5, 5", "hello");
        post(all, 400, "a signed length", "Content-Length: +5", "hello");
        post(all, 400, "a negative length", "Content-Length: -5", "hello");
        post(all, 400, "a hexadecimal length", "Content-Length: 0x5", "hello");
        post(all, 400, "a length with a tail", "Content-Length: 5 5", "hello");
        post(all, 400, "an empty length", "Content-Length: ", "hello");
        post(all, 400, "an endless length", "Content-Length: 99999999999999999999", "hello");
        post(all, 400, "another coding", "Transfer-Encoding: gzip", "hello");
        post(all, 400, "two codings", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n");
        post(all, 400, "identity", "Transfer-Encoding: identity", "");
        post(all, 400, "chunked twice", "Transfer-Encoding: chunked, chunked", "0\r\n\r\n");
        post(
                all,
                400,
                "chunked in two fields",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "0\r\n\r\n");
        post(
                all,
                400,
                "chunked and identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "0\r\n\r\n");
        post(all, 400, "xchunked", "Transfer-Encoding: xchunked", "0\r\n\r\n");
        post(all, 400, "chunked with a parameter", "Transfer-Encoding: chunked;a=b", "0\r\n\r\n");
        post(all, 400, "quoted chunked", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n");
        post(all, 400, "vertical tab before chunked", "Transfer-Encoding: \u000bchunked", "0\r\n\r\n");
        post(all, 400, "space before the colon", "Transfer-Encoding : chunked", "0\r\n\r\n");
        post(all, 400, "tab before the colon", "Content-Length\t: 5", "hello");
        post(all, 400, "folded coding", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n");
        post(all, 400, "folded field", "X: a\r\n b\r\nContent-Length: 5", "hello");
        post(all, 400, "a length in a fold", "X: a\r\n\tContent-Length: 5", "hello");
        all.add(Arguments.of("indented first field", 400, "GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of(
                "chunked in HTTP/1.0",
                400,
                "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
        all.add(Arguments.of(
                "two lengths in HTTP/1.0",
                400,
                "POST / HTTP/1.0\r\nHost: x\r\nContent-Length: 1\r\ncontent-length: 40\r\n\r\nx"));
        post(
                all,
                400,
                "the eight silent bytes of an old WebSocket",
                "Sec-WebSocket-Key1: a\r\nSec-WebSocket-Key2: b",
                "");
        // chunks: RFC 9112 section 7.1; the head is in order, so these fail in the body
        post(all, 400, "a chunk size that is none", "Transfer-Encoding: chunked", "g\r\nx\r\n0\r\n\r\n");
        post(all, 400, "a signed chunk size", "Transfer-Encoding: chunked", "+1\r\nx\r\n0\r\n\r\n");
        post(all, 400, "a chunk size with 0x", "Transfer-Encoding: chunked", "0x1\r\nx\r\n0\r\n\r\n");
        post(all, 400, "an endless chunk size", "Transfer-Encoding: chunked", "fffffffffffffffff1\r\nx\r\n0\r\n\r\n");
        post(all, 400, "a chunk longer than it says", "Transfer-Encoding: chunked", "1\r\nxy\r\n0\r\n\r\n");
        post(all, 400, "a chunk line that ends in LF", "Transfer-Encoding: chunked", "1\nx\r\n0\r\n\r\n");
        post(all, 400, "a chunk that ends in LF", "Transfer-Encoding: chunked", "1\r\nx\n0\r\n\r\n");
        // characters and lines
        get(all, 400, "NUL in a value", "/", "X: a\u0000b");
        get(all, 400, "CR in a value", "/", "X: a\rb");
        get(all, 400, "control character in a value", "/", "X: a\u0001b");
        get(all, 400, "DEL in a value", "/", "X: a\u007fb");
        get(all, 400, "no colon", "/", "nonsense");
        get(all, 400, "no name", "/", ": value");
        get(all, 400, "space in a name", "/", "X Y: a");
        get(all, 400, "bracket in a name", "/", "X[0]: a");
        get(all, 400, "non-ASCII name", "/", "X\u00e9: a");
        all.add(Arguments.of("lines that end in LF", 400, "GET / HTTP/1.1\nHost: x\n\n"));
        all.add(Arguments.of("one line that ends in LF", 400, "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"));
        // request line: RFC 9112 section 3
        all.add(Arguments.of("two spaces", 400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("tab for space", 400, "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("leading space", 400, " GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("trailing space", 400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("CR within the line", 400, "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("no target", 400, "GET HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("a method that is no token", 400, "GE(T / HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("HTTP/0.9", 400, "GET /\r\n\r\n"));
        all.add(Arguments.of("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of(
                "a request of HTTP/2.0 that is not its preface", 505, "PRI * HTTP/2.0\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("lower-case version", 400, "GET / http/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("TLS", 400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n"));
        get(all, 400, "fragment", "/a#b", "X: y");
        get(all, 400, "non-ASCII target", "/\u00e9", "X: y");
        get(all, 400, "asterisk for GET", "*", "X: y");
        get(all, 400, "relative target", "a/b", "X: y");
        get(all, 400, "another scheme", "ftp://x/", "X: y");
        get(all, 400, "a user in the authority", "http://u@x/", "X: y");
        get(all, 400, "no authority", "http:///a", "X: y");
        all.add(Arguments.of("CONNECT", 405, "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n"));
        all.add(Arguments.of("TRACE", 405, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"));
        // authority: RFC 9112 section 3.2
        all.add(Arguments.of("no Host", 400, "GET / HTTP/1.1\r\n\r\n"));
        all.add(Arguments.of("empty Host", 400, "GET / HTTP/1.1\r\nHost: \r\n\r\n"));
        get(all, 400, "two Hosts", "/", "Host: y");
        for (String host : List.of(
                "a b", "a/b", "u@a", "a:b", "a:99999", "a:", "[::1", "a?b", "a,b", "a%2e", "a;b", "a..b", ".a",
                "a..")) {
            all.add(Arguments.of("Host " + host, 400, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
        }
        // what this hop may not take out
        for (String name : List.of(
                "Host",
                "content-length",
                "Cookie",
                "X-Forwarded-For",
                "Authorization",
                "Origin",
                "Access-Control-Request-Method")) {
            get(all, 400, "Connection names " + name, "/", "Connection: close, " + name);
        }
        get(all, 400, "unknown expectation", "/", "Expect: y 100-continue");
        post(
                all,
                400,
                "expectation twice",
                "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5",
                "hello");
        // sizes
        get(all, 414, "long target", "/" + "a".repeat(1000), "X: y");
        get(all, 414, "very long target", "/" + "a".repeat(20_000), "X: y");
        get(all, 431, "long field", "/", "X: " + "a".repeat(9000));
        get(all, 431, "many fields", "/", "X: y\r\n".repeat(20) + "X: y");
        post(all, 413, "large body", "Content-Length: 10001", "");
        post(all, 413, "body that grows large", "Transfer-Encoding: chunked", "2711\r\n" + "x".repeat(10_001));
        return all;
    }

    private static void post(List<Arguments> all, int status, String name, String fields, String body) {
        all.add(Arguments.of(name, status, "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n" + body));
    }

    private static void get(List<Arguments> all, int status, String name, String target, String fields) {
        all.add(Arguments.of(name, status, "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refuses(String name, int status, String request) {
        try (RawUpstream app = RawUpstream.answering(r -> ok("served"));
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send(request + SMUGGLED);
            Message answer = client.message();
            assertThat(answer.status()).as(name).isEqualTo(status);
            assertThat(answer.field("content-type")).isEqualTo("application/problem+json");
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
            assertThat(app.heads()).isEmpty();
            assertThat(gate.flow.targets).doesNotContain("/smuggled");
        }
    }

    static List<String> accepted() {
        return List.of(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /?a=%20|{} HTTP/1.1\r\nhost:\t[::1]:80 \r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: x.example.com:65535\r\n\r\n",
                "OPTIONS http://x HTTP/1.1\r\nHost: y\r\n\r\n",
                "REPORT /a HTTP/1.1\r\nHost: x\r\nX-Latin: caf\u00e9\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 005\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void acceptsWhatIsOnlyUnusual(String request) {
        try (RawUpstream app = RawUpstream.answering(r -> ok("served"));
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(request).message().body()).isEqualTo("served");
        }
    }

    @Test
    void readsAHeadThatComesByteByByte() {
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.body()));
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client();
                RawPeer folded = gate.client()) {
            String request = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            request.chars().forEach(c -> client.send(String.valueOf((char) c)));
            assertThat(client.message().body()).isEqualTo("hello");
            "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"
                    .chars()
                    .forEach(c -> folded.send(String.valueOf((char) c)));
            assertThat(folded.message().status()).isEqualTo(400);
        }
    }

    @Test
    void letsAClientThatIsStillSendingReadTheRefusal() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("served"));
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
            client.send("x".repeat(100_000));
            assertThat(client.message().status()).isEqualTo(413);
            assertThat(client.rest()).isEmpty();
        }
    }
}
