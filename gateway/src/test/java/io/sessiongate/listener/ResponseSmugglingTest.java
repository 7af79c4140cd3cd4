package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.Seen;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Answers that are malformed, or have another one behind them, over raw sockets: the client gets a 502, or a connection
 * that is visibly cut; the upstream connection is not used again; and nothing of it is an answer to somebody else.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class ResponseSmugglingTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String HIDDEN = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final LimitsConfig LIMITS = new LimitsConfig(8192, 1000, 100, 10_000, 4096, 100);

    static List<Arguments> heads() {
        List<Arguments> all = new ArrayList<>();
        for (String line : List.of(
                "HTTP/1.1 200",
                "HTTP/1.1  200 OK",
                "HTTP/1.1\t200 OK",
                " HTTP/1.1 200 OK",
                "http/1.1 200 OK",
                "HTTP/1.2 200 OK",
                "HTTP/2.0 200 OK",
                "HTTP/0.9 200 OK",
                "HTTP/1.10 200 OK",
                "HTTP/11 200 OK",
                "HTTP/1.1 20 OK",
                "HTTP/1.1 2000 OK",
                "HTTP/1.1 +20 OK",
                "HTTP/1.1 2x0 OK",
                "HTTP/1.1 099 OK",
                "HTTP/1.1 000 OK",
                "HTTP/1.1 600 OK",
                "HTTP/1.1 999 OK",
                "HTTP/1.1 200 a\rb",
                "HTTP/1.1 200 a\u0000b",
                "HTTP/1.1 200 a\u007fb",
                "HTTP/1.1 200 OK\r",
                "ICY 200 OK",
                "200 OK",
                "<html>",
                "\r\nHTTP/1.1 200 OK",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket",
                "GET / HTTP/1.1")) {
            add(all, line + "\r\nContent-Length: 5\r\n\r\nhello");
        }
        for (String fields : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 5, 5",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length:",
                "Content-Length : 5",
                "Content-Length: 99999999999999999999",
                "Content-Length: 5\u0000",
                "Transfer-Encoding: gzip",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding:",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding:\r\n chunked",
                "X: a\r\n b\r\nContent-Length: 5",
                " X: a\r\nContent-Length: 5",
                "X: a\u0000b\r\nContent-Length: 5",
                "X: a\rSet-Cookie: b\r\nContent-Length: 5",
                "X: a\nSet-Cookie: b\r\nContent-Length: 5",
                "X: a\u0001\r\nContent-Length: 5",
                "X Y: a\r\nContent-Length: 5",
                ": a\r\nContent-Length: 5",
                "nonsense\r\nContent-Length: 5",
                "X\u00e9: a\r\nContent-Length: 5")) {
            add(all, "HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\nhello");
        }
        add(all, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        add(all, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello");
        add(all, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello");
        add(all, "HTTP/1.1 200 OK\r\nX: " + "a".repeat(5000) + "\r\nContent-Length: 0\r\n\r\n");
        add(all, "HTTP/1.1 100 Continue\r\nContent-Length: x\r\n\r\n");
        add(all, "HTTP/1.1 103 Early Hints\r\n\r\nnonsense\r\n\r\n");
        add(all, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
        add(all, "hello, world\r\n\r\n");
        return all;
    }

    private static void add(List<Arguments> all, String answer) {
        String name = Seen.quote(answer);
        all.add(Arguments.of(name.substring(0, Math.min(name.length(), 100)), answer));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("heads")
    void answers502ToAHeadThatIsNone(String name, String answer) {
        try (RawUpstream app = first(answer + HIDDEN);
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            RawPeer.Message refused = client.message();
            if (name.startsWith("HTTP/1.1 103")) {
                assertThat(refused.status()).isEqualTo(103);
                refused = client.message();
            }
            assertThat(refused.status()).isEqualTo(502);
            assertThat(refused.body()).contains("upstream-broke").doesNotContain("hidden");
            nextIsRight(client, app);
        }
    }

    static List<Arguments> bodies() {
        List<Arguments> all = new ArrayList<>();
        for (String chunks : List.of(
                "g\r\n",
                " 2\r\nxx\r\n",
                "2 \r\nxx\r\n",
                "+2\r\nxx\r\n",
                "0x2\r\nxx\r\n",
                "2\nxx\r\n",
                "2\rxx\r\n",
                "2;\r\nxx\r\n",
                "2; a\r\nxx\r\n",
                "2;a=\"\r\nxx\r\n",
                "2;\u0000\r\nxx\r\n",
                "2\r\nxxx\r\n",
                "2\r\nxx\n",
                "2\r\nxx\r0",
                "2\r\nxx0\r\n",
                "fffffffffffffffff\r\nxx",
                "\r\n",
                "2;" + "a".repeat(300) + "\r\nxx\r\n",
                "0\r\nX : y\r\n\r\n",
                "0\r\nX: a\r\n b\r\n\r\n",
                "0\r\nX: y\n\r\n",
                "0\r\nX: a\u0000\r\n\r\n",
                "0\r\nnonsense\r\n\r\n",
                "0\r\n\n",
                "0\r\nX: " + "a".repeat(5000),
                "0\n\n")) {
            String name = Seen.quote(chunks);
            all.add(Arguments.of(name.substring(0, Math.min(name.length(), 60)), CHUNKED + "5\r\nhello\r\n", chunks));
        }
        // Cut short.
        all.add(Arguments.of("no last chunk", CHUNKED + "5\r\nhello\r\n", ""));
        all.add(Arguments.of("cut in a size", CHUNKED + "5\r\nhello\r\n", "5"));
        all.add(Arguments.of("cut in a chunk", CHUNKED + "5\r\nhello\r\n", "5\r\nxx"));
        all.add(Arguments.of("cut before the last line", CHUNKED + "5\r\nhello\r\n", "0\r\n"));
        all.add(Arguments.of("cut in trailers", CHUNKED + "5\r\nhello\r\n", "0\r\nX: y\r\n"));
        all.add(Arguments.of("shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", "hello"));
        return all;
    }

    /** Whether it is so without its end: then it is named by itself. */
    private static boolean isMalformed(String name, String flaw) {
        String quoted = Seen.quote(flaw);
        return name.equals(quoted.substring(0, Math.min(name.length(), quoted.length())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void cutsTheClientOffWhereABodyIsMalformedOrCutShort(String name, String begun, String flaw) throws Exception {
        boolean cutShort = !isMalformed(name, flaw);
        // What is malformed in the first read already is no cut answer, but a 502.
        for (boolean atOnce : cutShort ? new boolean[] {true, false} : new boolean[] {false}) {
            CompletableFuture<Void> read = new CompletableFuture<>();
            try (RawUpstream app = new RawUpstream((peer, number) -> {
                        peer.message();
                        if (number > 1) {
                            peer.send(ok("right"));
                            peer.ended();
                            return;
                        }
                        String rest = cutShort ? flaw : flaw + HIDDEN;
                        if (atOnce) {
                            peer.send(begun + rest);
                        } else {
                            peer.send(begun);
                            read.get();
                            peer.send(rest);
                        }
                        if (!cutShort) {
                            peer.ended();
                        }
                    });
                    GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                    RawPeer client = gate.client();
                    RawPeer next = gate.client()) {
                client.send(GET);
                String received = "";
                if (!atOnce) {
                    received = client.head() + "\r\n\r\n";
                    read.complete(null);
                }
                received += everything(client);
                // The head had left; a body that ends as if it were whole may not.
                String body = received.substring(received.indexOf("\r\n\r\n") + 4);
                String whole = begun.startsWith(CHUNKED) ? "5\r\nhello\r\n2\r\nxx\r\n" : "hello";
                assertThat(received).startsWith("HTTP/1.1 200 OK\r\n");
                assertThat(whole).startsWith(body);
                assertThat(next.send(GET).message().body()).isEqualTo("right");
                assertThat(app.accepted()).isEqualTo(2);
            }
        }
    }

    static Stream<Arguments> bodiesOfOneRead() {
        return bodies().stream().filter(arguments -> {
            String flaw = (String) arguments.get()[2];
            return !flaw.isEmpty() && isMalformed((String) arguments.get()[0], flaw) && flaw.length() < 1000;
        });
    }

    /** The head and its first chunk are good, and came with what is not: nothing of them has left. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("bodiesOfOneRead")
    void answers502WhereABodyIsMalformedBeforeAnyOfTheAnswerLeft(String name, String begun, String flaw) {
        String once = begun.replace("\r\n\r\n", "\r\nX-Gone: 1\r\nSet-Cookie: a=b\r\n\r\n");
        try (RawUpstream app = first(once + flaw + HIDDEN);
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            RawPeer.Message refused = client.send(GET).message();
            assertThat(refused.startLine()).startsWith("HTTP/1.1 502 ");
            assertThat(refused.all("set-cookie")).isEmpty();
            assertThat(refused.all("x-gone")).isEmpty();
            assertThat(refused.all("transfer-encoding")).isEmpty();
            assertThat(refused.body())
                    .contains("upstream-broke")
                    .doesNotContain("hello")
                    .doesNotContain("hidden");
            nextIsRight(client, app);
            await().until(() -> gate.flow.completions.size() == 2);
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(502);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_BROKE);
            assertThat(gate.flow.completions.get(0).responseBodyBytes())
                    .isEqualTo(refused.body().length());
            assertThat(gate.flow.surplus).hasValue(0);
        }
    }

    /** Of those before, of the interim answer to the same request and of those behind nothing is missing. */
    @Test
    void takesBackNothingButTheAnswerThatIsMalformed() {
        String interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    for (int i = 1; ; i++) {
                        peer.head();
                        peer.send(number == 1 && i == 3 ? interim + CHUNKED + "5\r\nhello\r\ng\r\n" : ok("right" + i));
                    }
                });
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send(GET.repeat(5));
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                RawPeer.Message answer = client.message();
                answers.add(answer.status() == 200 ? answer.body() : String.valueOf(answer.status()));
            }
            assertThat(answers).containsExactly("right1", "right2", "103", "502", "right1", "right2");
        }
    }

    @Test
    void endsTheConnectionOfAnHttp10ClientBehindTheWhole502() {
        try (RawUpstream app = first(CHUNKED + "5\r\nhello\r\ng\r\n");
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            RawPeer.Message refused =
                    client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n").message();
            assertThat(refused.status()).isEqualTo(502);
            assertThat(refused.body()).contains("upstream-broke");
            assertThat(client.read()).isEqualTo(-1);
        }
    }

    static List<Arguments> excess() {
        String length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright";
        return List.of(
                Arguments.of("more than its length", GET, length + "more", "right"),
                Arguments.of("a second answer", GET, length + HIDDEN, "right"),
                Arguments.of("CR LF behind it", GET, length + "\r\n", "right"),
                Arguments.of(
                        "a second answer behind chunks", GET, CHUNKED + "5\r\nright\r\n0\r\n\r\n" + HIDDEN, "right"),
                Arguments.of(
                        "a body of a 204",
                        GET,
                        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nwrong" + HIDDEN,
                        ""),
                Arguments.of(
                        "chunks of a 204",
                        GET,
                        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        ""),
                Arguments.of(
                        "a body of a 304",
                        GET,
                        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nwrong" + HIDDEN,
                        ""),
                Arguments.of("a 1xx behind it", GET, length + "HTTP/1.1 100 Continue\r\n\r\n", "right"),
                Arguments.of(
                        "a body to HEAD",
                        "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
                        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong" + HIDDEN,
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("excess")
    void deliversNothingOfWhatStandsBehindAnAnswer(String name, String request, String answer, String body) {
        try (RawUpstream app = first(answer);
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            RawPeer.Message right = client.send(request).message(request.startsWith("HEAD"));
            assertThat(right.body()).isEqualTo(body);
            if (right.status() == 204) {
                assertThat(right.all("content-length")).isEmpty();
            }
            assertThat(right.all("transfer-encoding")).hasSize(answer.startsWith(CHUNKED) ? 1 : 0);
            nextIsRight(client, app);
        }
    }

    @Test
    void passesOnExactlyWhatOneReadingMakesOfAnAnswer() {
        String odd = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 200 \r\nX:\ta \r\nConnection: x-gone\r\nX-Gone: 1\r\ntransfer-encoding: Chunked\r\n\r\n"
                + "00A;a=\"b\"\r\n0123456789\r\n0;c\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\n\r\n";
        try (RawUpstream app = first(odd);
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send(GET + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(everything(client))
                    .isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                            + "HTTP/1.1 200 \r\nX: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"
                            + "0\r\nX-Sum: 1\r\n\r\n"
                            + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nright");
        }
    }

    @Test
    void passesOnFewOfManyInterimAnswers() {
        String flood = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(10_000);
        try (RawUpstream app = first(flood + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright");
                GatewayFixture gate = gateway().loops(1).limits(LIMITS).before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            int interims = 0;
            RawPeer.Message answer = client.message();
            for (; answer.status() == 103; answer = client.message()) {
                interims++;
            }
            assertThat(interims).isEqualTo(16);
            assertThat(answer.body()).isEqualTo("right");
        }
    }

    /** Answers the very first request so, and every other one in order. */
    private static RawUpstream first(String answer) {
        return new RawUpstream((peer, number) -> {
            peer.head();
            peer.send(number == 1 ? answer : ok("right"));
            while (true) {
                peer.head();
                peer.send(ok("right"));
            }
        });
    }

    /** The next request of the same client is answered by another connection to the application. */
    private static void nextIsRight(RawPeer client, RawUpstream app) {
        assertThat(client.send(GET).message().body()).isEqualTo("right");
        assertThat(app.accepted()).isEqualTo(2);
    }

    /** Every octet up to the end, which may be a reset. */
    private static String everything(RawPeer client) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        try {
            for (int octet = client.read(); octet >= 0; octet = client.read()) {
                octets.write(octet);
            }
        } catch (UncheckedIOException reset) {
            // visibly cut
        }
        return octets.toString(StandardCharsets.ISO_8859_1);
    }
}
