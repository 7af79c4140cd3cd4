package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.RST_STREAM;
import static io.sessiongate.testing.Http2Peer.SETTINGS;
import static io.sessiongate.testing.Http2Peer.WINDOW_UPDATE;
import static io.sessiongate.testing.Http2Peer.request;
import static io.sessiongate.testing.RawUpstream.ok;
import static io.sessiongate.testing.RawUpstream.webSocket;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Answer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over HTTP/2, from the client's frames to an upstream that speaks HTTP/1.1 and back. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2Test {

    private static final int NO_ERROR = 0;
    private static final int PROTOCOL_ERROR = 1;
    private static final int INTERNAL_ERROR = 2;
    private static final int REFUSED_STREAM = 7;
    private static final int CALM = 11;

    private static Http2Peer client(GatewayFixture gate, int... settings) {
        return Http2Peer.connect(gate.address, settings);
    }

    @Test
    void takesARequestToTheUpstreamAndItsAnswerBack() {
        try (RawUpstream app = RawUpstream.answering(
                        r -> "HTTP/1.1 200 OK\r\nX-Thing: A b\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\n"
                                + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nhi");
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            Answer answer = client.answer(client.get("/path?q=1", "x-custom", "v", "te", "trailers"));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("hi");
            assertThat(answer.field("x-thing")).isEqualTo("A b");
            assertThat(answer.field("set-cookie")).isEqualTo("a=1\nb=2");
            assertThat(answer.head).doesNotContainKeys("connection", "x-hop", "keep-alive", "transfer-encoding");
            assertThat(app.heads().get(0))
                    .startsWith("GET /path?q=1 HTTP/1.1\n")
                    .contains("\nhost: x", "\nx-custom: v", "\nx-auth-subject: alice")
                    .doesNotContain(":path", ":authority");
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).responseBodyBytes()).isEqualTo(2);
            assertThat(gate.flow.open).isEmpty();
        }
    }

    @Test
    void carriesManyRequestsAtOnceAndAnswersEachAsItComes() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        String path = peer.message().startLine();
                        if (path.contains("/slow")) {
                            release.get();
                        }
                        peer.send(ok(path));
                    }
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int slow = client.get("/slow");
            for (int i = 0; i < 40; i++) {
                int quick = client.get("/quick" + i);
                assertThat(client.answer(quick).text()).contains("/quick" + i);
            }
            assertThat(client.seen(slow).head).isNull();
            release.complete(null);
            assertThat(client.answer(slow).text()).contains("/slow");
            await().until(() -> gate.gauge("sessiongate.http2.streams.open") == 0);
        }
    }

    @Test
    void passesABodyOnWithAndWithoutALength() {
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.field("content-length") + "|"
                        + r.field("transfer-encoding") + "|" + r.body() + "|" + r.trailers()));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int known = client.open(false, request("POST", "/", "content-length", "6"));
            client.data(known, "abc", false).data(known, "def", true);
            assertThat(client.answer(known).text()).isEqualTo("6||abcdef|[]");
            int open = client.open(false, request("POST", "/later"));
            client.data(open, "abc", false).data(open, "", false).data(open, "defg", false);
            client.headers(open, true, "x-checksum", "1", "x-other", "2");
            assertThat(client.answer(open).text()).isEqualTo("|chunked|abcdefg|[x-checksum: 1]");
            int none = client.open(true, request("POST", "/"));
            assertThat(client.answer(none).text()).isEqualTo("|||[]");
        }
    }

    @Test
    void joinsTheCrumbsOfACookie() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            client.answer(client.get("/", "cookie", "a=1", "cookie", "b=2", "cookie", "c=3"));
            assertThat(app.heads().get(0)).contains("\ncookie: a=1; b=2; c=3");
        }
    }

    @Test
    void endsAStreamWhoseBodyIsNotAsLongAsItSaid() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int more = client.open(false, request("POST", "/", "content-length", "2"));
            assertThat(client.data(more, "abc", true).answer(more).reset).isEqualTo(PROTOCOL_ERROR);
            int less = client.open(false, request("POST", "/", "content-length", "5"));
            assertThat(client.data(less, "abc", true).answer(less).reset).isEqualTo(PROTOCOL_ERROR);
            int none = client.open(true, request("POST", "/", "content-length", "5"));
            assertThat(client.answer(none).reset).isEqualTo(PROTOCOL_ERROR);
            assertThat(app.heads()).isEmpty();
            assertThat(client.alive()).isTrue();
        }
    }

    @Test
    void passesInterimAnswersAndTrailersOn() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nGrpc-Status: 0\r\n\r\n");
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            Answer answer = client.answer(client.get("/"));
            assertThat(answer.interims).hasSize(1);
            assertThat(answer.interims.get(0)).containsEntry("link", "</a>").containsEntry(":status", "103");
            assertThat(answer.text()).isEqualTo("abc");
            assertThat(answer.trailers).containsEntry("grpc-status", "0");
        }
    }

    @Test
    void answersAHeadAndA304WithoutABody() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        boolean head = peer.head().startsWith("HEAD");
                        peer.send(
                                head
                                        ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                                        : "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
                    }
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            Answer head = client.answer(client.open(true, request("HEAD", "/")));
            assertThat(head.field("content-length")).isEqualTo("5");
            assertThat(head.text()).isEmpty();
            assertThat(client.answer(client.get("/")).status()).isEqualTo(304);
        }
    }

    @Test
    void sendsNoFasterThanTheClientsWindows() {
        String body = "x".repeat(200_000);
        try (RawUpstream app = RawUpstream.answering(r -> ok(body));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate, 4, 10)) {
            int stream = client.get("/");
            while (client.seen(stream).body.size() < 10) {
                client.await(DATA);
            }
            assertThat(client.alive()).isTrue();
            assertThat(client.seen(stream).body.size()).isEqualTo(10);
            client.settings(4, 20);
            client.await(DATA);
            assertThat(client.alive()).isTrue();
            assertThat(client.seen(stream).body.size()).isEqualTo(20);
            client.window(stream, 1_000_000);
            // The connection's own window holds still.
            while (client.seen(stream).body.size() < 65_535) {
                client.await(DATA);
            }
            assertThat(client.alive()).isTrue();
            assertThat(client.seen(stream).body.size()).isEqualTo(65_535);
            client.window(0, 1_000_000);
            assertThat(client.answer(stream).text()).isEqualTo(body);
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }

    @Test
    void takesNoMoreOfABodyThanTheApplicationDoes() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        CompletableFuture<String> seen = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream(
                        (peer, n) -> {
                            peer.head();
                            release.get();
                            seen.complete(peer.text(8_000_000).substring(0, 4));
                            peer.send(ok("done"));
                        },
                        4096);
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.open(false, request("POST", "/", "content-length", "8000000"));
            String piece = "x".repeat(16_000);
            int sent = 0;
            while (sent < 8_000_000) {
                while (65_535 + client.seen(stream).granted - sent < piece.length()) {
                    if (release.isDone()) {
                        client.await(WINDOW_UPDATE);
                    } else if (stillsFor(client, stream)) {
                        // Nothing more comes until the application takes some, which it does once it was told to.
                        assertThat(sent).isLessThan(7_000_000);
                        release.complete(null);
                    }
                }
                sent += piece.length();
                client.data(stream, piece, sent == 8_000_000);
            }
            assertThat(client.answer(stream).text()).isEqualTo("done");
            assertThat(seen.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("xxxx");
        }
    }

    /** Whether nothing more is granted, as it seems. */
    private static boolean stillsFor(Http2Peer client, int stream) {
        long before = client.seen(stream).granted;
        assertThat(client.alive()).isTrue();
        return client.seen(stream).granted == before;
    }

    @Test
    void tellsTheClientToStopWhenTheAnswerIsThere() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.open(false, request("POST", "/"));
            client.data(stream, "abc", false);
            assertThat(client.answer(stream).status()).isEqualTo(413);
            Frame reset = Objects.requireNonNull(client.await(RST_STREAM));
            assertThat(reset.error()).isEqualTo(NO_ERROR);
            // What was on its way does no harm.
            client.data(stream, "def", true);
            assertThat(client.alive()).isTrue();
        }
    }

    @Test
    void resetsTheStreamOfAnAnswerThatBreaksOff() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nonly this");
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            Answer answer = client.answer(client.get("/"));
            assertThat(answer.ended).isFalse();
            assertThat(answer.reset).isEqualTo(INTERNAL_ERROR);
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_BROKE);
        }
    }

    @Test
    void endsTheUpstreamsWorkWhenTheClientGivesAStreamUp() {
        CompletableFuture<Boolean> gone = new CompletableFuture<>();
        CountDownLatch here = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    here.countDown();
                    gone.complete(peer.ended());
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.get("/");
            await().until(() -> here.getCount() == 0);
            client.reset(stream, 8);
            assertThat(gone.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.CLIENT_GONE);
            assertThat(client.alive()).isTrue();
        }
    }

    @Test
    void endsAllStreamsWhenTheClientLeaves() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.ended();
                });
                GatewayFixture gate = gateway().before(app)) {
            Http2Peer client = client(gate);
            client.get("/a");
            client.get("/b");
            await().until(() -> app.accepted() == 2);
            client.close();
            await().until(() -> gate.flow.completions.size() == 2);
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            assertThat(gate.gauge("sessiongate.http2.streams.open")).isZero();
            assertThat(gate.gauge("sessiongate.http2.connections.open")).isZero();
            assertThat(gate.gauge("sessiongate.buffered")).isZero();
        }
    }

    @Test
    void answersWhatTheFlowAnswers() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            Answer refused = client.answer(client.get("/reply"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.text()).contains("token-missing");
            assertThat(client.answer(client.open(true, request("TRACE", "/"))).status())
                    .isEqualTo(405);
            Answer tooLarge = client.answer(client.get("/", "x-large", "y".repeat(33_000)));
            assertThat(tooLarge.status()).isEqualTo(431);
            assertThat(client.answer(client.get("/" + "y".repeat(9_000))).status())
                    .isEqualTo(414);
            // The table of both sides still is the same.
            assertThat(client.answer(client.get("/", "x-large", "z")).status()).isEqualTo(200);
        }
    }

    @Test
    void refusesMoreStreamsThanItSaid() {
        LimitsConfig limits = new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 10, 10, 1000, 3, 0);
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().limits(limits).before(app);
                Http2Peer client = client(gate)) {
            Frame settings = Objects.requireNonNull(client.await(SETTINGS));
            assertThat(settings.payload()).startsWith(0, 3, 0, 0, 0, 3);
            client.get("/1");
            client.get("/2");
            client.get("/3");
            assertThat(client.answer(client.get("/4")).reset).isEqualTo(REFUSED_STREAM);
            assertThat(gate.count("sessiongate.http2.streams.refused")).isEqualTo(1);
        }
    }

    @Test
    void speaksOnlyHttp11WhereThereAreToBeNoStreams() {
        LimitsConfig limits = new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 10, 10, 1000, 0, 0);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(limits).before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(Http2Peer.PREFACE).message().status()).isEqualTo(505);
        }
    }

    @Test
    void knowsThePrefaceHoweverItIsCut() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = Http2Peer.silent(gate.address)) {
            byte[] preface = Http2Peer.PREFACE.getBytes(StandardCharsets.ISO_8859_1);
            for (byte octet : preface) {
                client.raw(new byte[] {octet});
            }
            for (byte octet : Http2Peer.frame(SETTINGS, 0, 0, new byte[0])) {
                client.raw(new byte[] {octet});
            }
            assertThat(client.answer(client.get("/")).text()).isEqualTo("x");
        }
    }

    @Test
    void letsStreamsUnderWayFinishWhenItStops() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    release.get();
                    peer.send(ok("done"));
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.get("/");
            await().until(() -> app.accepted() == 1);
            CompletableFuture<Void> drained =
                    gate.server.drain(Duration.ofSeconds(10)).toCompletableFuture();
            Frame first = Objects.requireNonNull(client.await(GOAWAY));
            assertThat(first.lastStream()).isEqualTo(Integer.MAX_VALUE);
            // What was sent before the client knew is still taken.
            int late = client.get("/reply");
            assertThat(client.answer(late).status()).isEqualTo(401);
            client.send(Http2Peer.PING, Http2Peer.ACK, 0, pingOfDrain());
            Frame second = Objects.requireNonNull(client.await(GOAWAY));
            assertThat(second.lastStream()).isEqualTo(late);
            release.complete(null);
            assertThat(client.answer(stream).text()).isEqualTo("done");
            assertThat(client.goneWith()).isEqualTo(-1);
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    private static byte[] pingOfDrain() {
        return java.nio.ByteBuffer.allocate(8).putLong(0x73657373696f6e67L).array();
    }

    @Test
    void closesAConnectionOnWhichNothingHappens() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .timeouts(
                                Duration.ofSeconds(5),
                                Duration.ofMillis(200),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5))
                        .before(app);
                Http2Peer client = client(gate)) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("x");
            assertThat(client.goneWith()).isEqualTo(NO_ERROR);
        }
    }

    @Test
    void doesNotWaitForAPrefaceOrAHeaderBlockForLong() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .timeouts(
                                Duration.ofMillis(300),
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5))
                        .before(app);
                Http2Peer silent = Http2Peer.silent(gate.address);
                Http2Peer client = client(gate)) {
            silent.raw(Http2Peer.PREFACE.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(silent.goneWith()).isEqualTo(PROTOCOL_ERROR);
            client.send(HEADERS, END_STREAM, 1, client.block(request("GET", "/")));
            assertThat(client.goneWith()).isEqualTo(PROTOCOL_ERROR);
        }
    }

    @Test
    void relaysAWebSocketOverAStream() {
        CompletableFuture<String> head = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    String asked = peer.head();
                    head.complete(asked);
                    peer.send(webSocket(asked, "Sec-WebSocket-Protocol: chat") + "hello");
                    peer.send("<" + peer.text(3) + ">");
                    peer.send("all: " + peer.rest());
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.open(
                    false,
                    request(
                            "CONNECT",
                            "/chat",
                            ":protocol",
                            "websocket",
                            "sec-websocket-version",
                            "13",
                            "origin",
                            "http://x"));
            client.data(stream, "one", false);
            client.data(stream, "two", true);
            Answer answer = client.answer(stream);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("sec-websocket-protocol")).isEqualTo("chat");
            assertThat(answer.head).doesNotContainKeys("upgrade", "connection", "sec-websocket-accept");
            assertThat(answer.text()).isEqualTo("hello<one>all: two");
            assertThat(head.orTimeout(10, TimeUnit.SECONDS).join())
                    .startsWith("GET /chat HTTP/1.1")
                    .containsIgnoringCase("upgrade: websocket")
                    .containsIgnoringCase("sec-websocket-key: ");
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(101);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(client.alive()).isTrue();
        }
    }

    /** RFC 6455 section 4.1, for the key is the gateway's. */
    @ParameterizedTest
    @ValueSource(strings = {"", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", "Sec-WebSocket-Accept:\r\n"})
    void relaysNoWebSocketWhoseServerHasNotReadTheKey(String accept) {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + accept + "\r\nhello");
                    peer.rest();
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.open(
                    false, request("CONNECT", "/chat", ":protocol", "websocket", "sec-websocket-version", "13"));
            Answer answer = client.answer(stream);
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.text()).doesNotContain("hello");
        }
    }

    @Test
    void treatsARefusedWebSocketAsAnOrdinaryAnswer() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.open(
                    false, request("CONNECT", "/chat", ":protocol", "websocket", "sec-websocket-version", "13"));
            assertThat(client.answer(stream).status()).isEqualTo(403);
            assertThat(client.alive()).isTrue();
        }
    }

    // ---- floods

    @Test
    void endsAConnectionThatOpensStreamsOnlyToResetThem() {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate);
                Http2Peer other = client(gate)) {
            try {
                for (int i = 0; i < 2_000; i++) {
                    client.reset(client.get("/later"), 8);
                }
            } catch (java.io.UncheckedIOException cut) {
                // as it should be
            }
            assertThat(client.goneWith()).isIn(CALM, -1);
            await().until(() -> gate.count("sessiongate.http2.floods") == 1);
            assertThat(other.answer(other.get("/reply")).status()).isEqualTo(401);
            await().until(() -> gate.flow.open.isEmpty());
        }
    }

    /** Every octet that it lets come is a frame of data. */
    @Test
    void endsAConnectionThatWouldPayForResetsWithTinyWindows() {
        String body = "x".repeat(60_000);
        try (RawUpstream app = RawUpstream.answering(r -> ok(body));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate, 4, 0)) {
            int taking = client.get("/");
            assertThat(client.await(HEADERS)).isNotNull();
            try {
                boolean open = true;
                for (int octets = 4; open && octets <= 2_000; octets += 4) {
                    client.reset(client.get("/later"), 8);
                    for (int i = 0; i < 4; i++) {
                        client.window(taking, 1);
                    }
                    while (open && client.seen(taking).body.size() < octets) {
                        open = client.await(DATA) != null;
                    }
                }
            } catch (java.io.UncheckedIOException cut) {
                // as it should be
            }
            assertThat(client.goneWith()).isIn(CALM, -1);
            await().until(() -> gate.count("sessiongate.http2.floods") == 1);
        }
    }

    @Test
    void endsAConnectionThatHasItsStreamsReset() {
        flood((client, i) -> {
            int stream = client.get("/later");
            client.window(stream, 0);
        });
    }

    @Test
    void endsAConnectionThatPings() {
        flood((client, i) -> client.send(Http2Peer.PING, 0, 0, new byte[8]));
    }

    @Test
    void endsAConnectionThatChangesItsSettingsAllTheTime() {
        flood((client, i) -> client.settings(4, 65_535 - i));
    }

    @Test
    void endsAConnectionThatSendsEmptyFrames() {
        flood((client, i) -> {
            if (i == 0) {
                client.open(false, request("POST", "/later"));
            }
            client.data(1, "", false);
        });
    }

    @Test
    void endsAConnectionThatChangesPriorities() {
        flood((client, i) -> client.send(Http2Peer.PRIORITY, 0, 1, new byte[] {0, 0, 0, 0, 16}));
    }

    @Test
    void endsAConnectionWhoseHeaderBlockHasNoEnd() {
        flood((client, i) -> {
            if (i == 0) {
                client.send(HEADERS, END_STREAM, 1, client.block(request("GET", "/")));
            }
            client.send(Http2Peer.CONTINUATION, 0, 1, new byte[0]);
        });
    }

    /** Each octet of the window is a frame that we write (CVE-2019-9511). */
    @Test
    void endsAConnectionThatTakesAnAnswerByTheOctet() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x".repeat(50_000)));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate, 4, 0)) {
            int stream = client.get("/");
            try {
                Frame taken = client.window(stream, 1).await(DATA);
                for (int i = 0; i < 10_000 && taken != null; i++) {
                    taken = client.window(stream, 1).await(DATA);
                }
            } catch (java.io.UncheckedIOException cut) {
                // as it should be
            }
            await().until(() -> gate.count("sessiongate.http2.floods") == 1);
        }
    }

    /** Each octet of it stands for a field of 3,900 octets, which the table keeps; who waits for the answers may not go on either. */
    @Test
    void endsAConnectionThatSendsBombsOfHpack() {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int bombs = 0;
            try {
                for (; bombs < 20 && gate.count("sessiongate.http2.floods") == 0; bombs++) {
                    client.send(HEADERS, END_STREAM | END_HEADERS, 2 * bombs + 1, bomb(bombs));
                    client.answer(2 * bombs + 1);
                }
            } catch (java.io.UncheckedIOException | AssertionError cut) {
                // as it should be: there is no answer where the connection ended before
            }
            assertThat(bombs).isLessThan(20);
            await().until(() -> gate.count("sessiongate.http2.floods") == 1);
        }
    }

    /** The same with one stream, which it has had reset. */
    @Test
    void endsAConnectionThatSendsBombsOnAStreamThatWasReset() {
        flood((client, i) -> {
            if (i == 0) {
                client.send(HEADERS, END_HEADERS, 1, bomb(i));
                client.window(1, 0);
            } else {
                client.send(HEADERS, END_STREAM | END_HEADERS, 1, bomb(i));
            }
        });
    }

    private static byte[] bomb(int i) {
        byte[] head = "\u0082\u0086\u0004\u0006/reply\u0001\u0001x".getBytes(StandardCharsets.ISO_8859_1);
        byte[] field = ("@\u0006x-bomb\u007f\u00bd\u001d" + "x".repeat(3_900)).getBytes(StandardCharsets.ISO_8859_1);
        byte[] block = Arrays.copyOf(head, i == 0 ? head.length + field.length : 10_000);
        if (i == 0) {
            System.arraycopy(field, 0, block, head.length, field.length);
        } else {
            Arrays.fill(block, head.length, block.length, (byte) (0x80 | 62));
        }
        return block;
    }

    @Test
    void answersManyHeadsThatAreTooLarge() {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            for (int i = 0; i < 500; i++) {
                int stream = client.get("/reply", "x-large", "x".repeat(70_000));
                assertThat(client.answer(stream).status()).isEqualTo(431);
            }
            assertThat(client.alive()).isTrue();
        }
    }

    private interface Blow {
        void strike(Http2Peer client, int i);
    }

    private static void flood(Blow blow) {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate);
                Http2Peer other = client(gate)) {
            try {
                for (int i = 0; i < 10_000; i++) {
                    blow.strike(client, i);
                }
            } catch (java.io.UncheckedIOException cut) {
                // as it should be
            }
            assertThat(client.goneWith()).isIn(CALM, -1);
            await().until(() -> gate.count("sessiongate.http2.connection.errors") == 1);
            assertThat(other.answer(other.get("/reply")).status()).isEqualTo(401);
        }
    }
}
