package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Answer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are spoken to by HTTP/2. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2UpstreamTest {

    private static final String GET = "GET /a?b HTTP/1.1\r\nHost: x.test\r\n\r\n";
    private static final int REFUSED_STREAM = 7;
    private static final int INTERNAL_ERROR = 2;
    private static final int INITIAL_WINDOW = 4;
    private static final int MIB = 1 << 20;

    @TempDir
    private Path directory;

    private final List<Map<String, String>> heads = new CopyOnWriteArrayList<>();

    private GatewayFixture before(Http2Upstream app) {
        return gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
    }

    /** Answers every request with its body. */
    private final Http2Upstream.Script echo = (peer, number) -> {
        peer.accept();
        while (true) {
            int stream = peer.request();
            Answer request = peer.seen(stream);
            heads.add(Objects.requireNonNull(request.head));
            peer.headers(stream, false, ":status", "200", "x-thing", "a b");
            peer.data(stream, "[" + request.text() + "]", true);
        }
    };

    private static void answer(Http2Peer peer, int stream, String text) {
        peer.headers(stream, false, ":status", "200").data(stream, text, true);
    }

    private static int status(GatewayFixture gate, String request) {
        try (RawPeer client = gate.client()) {
            return client.send(request).message().status();
        }
    }

    @Test
    void takesRequestsOfHttp1ThereAndBackOnOneConnection() {
        try (Http2Upstream app = new Http2Upstream(echo);
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            RawPeer.Message first = client.send(
                            "GET /a?b HTTP/1.1\r\nHost: x.test\r\nX-One: 1\r\nTE: trailers, gzip\r\n"
                                    + "Connection: te, x-hop\r\nX-Hop: 2\r\nGrpc-Timeout: 1S\r\n\r\n")
                    .message();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.field("x-thing")).isEqualTo("a b");
            assertThat(first.body()).isEqualTo("[]");
            String posted = "POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 3\r\n\r\nabc";
            assertThat(client.send(posted).message().body()).isEqualTo("[abc]");
            String chunked = "POST / HTTP/1.1\r\nHost: x.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2\r\nab\r\n1\r\nc\r\n0\r\nX-Checksum: 7\r\n\r\n";
            assertThat(client.send(chunked).message().body()).isEqualTo("[abc]");
            assertThat(app.accepted()).isEqualTo(1);
            assertThat(heads.get(0))
                    .containsEntry(":method", "GET")
                    .containsEntry(":scheme", "http")
                    .containsEntry(":authority", "x.test")
                    .containsEntry(":path", "/a?b")
                    .containsEntry("x-one", "1")
                    .containsEntry("te", "trailers")
                    .containsEntry("grpc-timeout", "1S")
                    .doesNotContainKeys("host", "connection", "x-hop", "transfer-encoding");
            assertThat(heads.get(1)).containsEntry("content-length", "3");
            assertThat(heads.get(2)).doesNotContainKeys("content-length", "transfer-encoding");
        }
    }

    @Test
    void takesRequestsOfHttp2WithTrailersBothWays() {
        List<Map<String, String>> behind = new CopyOnWriteArrayList<>();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    heads.add(Objects.requireNonNull(peer.seen(stream).head));
                    behind.add(Objects.requireNonNull(peer.seen(stream).trailers));
                    peer.headers(stream, false, ":status", "103", "link", "</a>");
                    peer.headers(stream, false, ":status", "200", "content-type", "application/grpc");
                    peer.data(stream, "hello", false);
                    peer.headers(stream, true, "grpc-status", "0");
                    peer.request();
                });
                GatewayFixture gate = before(app);
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int stream = client.open(false, request("POST", "/s/m", "te", "trailers"));
            client.data(stream, "abc", false).headers(stream, true, "x-checksum", "7");
            Answer answer = client.answer(stream);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.interims).hasSize(1);
            assertThat(answer.text()).isEqualTo("hello");
            assertThat(answer.trailers).containsEntry("grpc-status", "0");
            assertThat(behind).containsExactly(Map.of("x-checksum", "7"));
            assertThat(heads.get(0)).containsEntry("te", "trailers");
        }
    }

    @Test
    void endsAnAnswerOfFieldsAloneWithThem() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    while (true) {
                        peer.headers(peer.request(), true, ":status", "200", "grpc-status", "12");
                    }
                });
                GatewayFixture gate = before(app);
                Http2Peer client = Http2Peer.connect(gate.address)) {
            client.open(true, request("POST", "/"));
            Frame head = Objects.requireNonNull(client.await(HEADERS));
            assertThat(head.has(Http2Peer.END_STREAM)).isTrue();
            assertThat(client.seen(head.stream()).field("grpc-status")).isEqualTo("12");
            try (RawPeer old = gate.client()) {
                assertThat(old.send(GET).message().field("grpc-status")).isEqualTo("12");
            }
        }
    }

    @Test
    void streamsBothWaysAtOnce() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = Objects.requireNonNull(peer.await(HEADERS)).stream();
                    peer.headers(stream, false, ":status", "200");
                    while (!peer.seen(stream).ended) {
                        Frame data = Objects.requireNonNull(peer.await(DATA));
                        peer.data(stream, "<" + new String(data.payload(), StandardCharsets.ISO_8859_1) + ">", false);
                    }
                    peer.headers(stream, true, "grpc-status", "0");
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int stream = client.open(false, request("POST", "/"));
            for (int i = 0; i < 5; i++) {
                client.data(stream, "m" + i, false);
                while (!client.seen(stream).text().endsWith("<m" + i + ">")) {
                    assertThat(client.await(DATA)).isNotNull();
                }
            }
            client.data(stream, "", true);
            assertThat(client.answer(stream).trailers).containsEntry("grpc-status", "0");
        }
    }

    @Test
    void takesLargeBodiesBothWaysThroughSmallWindows() {
        String large = "0123456789abcdef".repeat(2 * MIB / 16);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 1000);
                    int stream = peer.request();
                    String body = peer.seen(stream).text();
                    peer.headers(stream, false, ":status", "200");
                    long sent = 0;
                    while (sent < body.length()) {
                        // The gateway's window is a MiB and widened as it takes what comes.
                        if (sent + 16_000 > MIB + peer.seen(stream).granted) {
                            assertThat(peer.await(Http2Peer.WINDOW_UPDATE)).isNotNull();
                        } else {
                            int to = (int) Math.min(sent + 16_000, body.length());
                            peer.data(stream, body.substring((int) sent, to), to == body.length());
                            sent = to;
                        }
                    }
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + large.length() + "\r\n\r\n";
            RawPeer.Message answer = client.send(head + large).message();
            assertThat(answer.body().equals(large)).isTrue();
        }
    }

    @Test
    void leavesAConnectionThatTheServerLeaves() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    answer(peer, stream, "n" + n);
                    peer.send(PING, 0, 0, new byte[8]);
                    peer.await(PING);
                    peer.send(GOAWAY, 0, 0, new byte[] {0, 0, 0, (byte) stream, 0, 0, 0, 0});
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("n1");
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(client.send(GET).message().body()).isEqualTo("n2");
        }
    }

    @Test
    void finishesWhatAServerThatLeavesHasTaken() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.send(GOAWAY, 0, 0, new byte[] {0, 0, 0, (byte) stream, 0, 0, 0, 0});
                    answer(peer, stream, "n" + n);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("n1");
            assertThat(client.send(GET).message().body()).isEqualTo("n2");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsAgainWhatAServerDidNotLookAt(boolean leaves) {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    if (n > 1) {
                        answer(peer, stream, "n" + n);
                    } else if (leaves) {
                        peer.send(GOAWAY, 0, 0, new byte[8]);
                    } else {
                        peer.reset(stream, REFUSED_STREAM);
                    }
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("n2");
        }
    }

    @Test
    void answers502WhereAServerResetsARequest() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.reset(peer.request(), INTERNAL_ERROR);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app)) {
            assertThat(status(gate, GET)).isEqualTo(502);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-a: 1", // no status
                ":status: 200\n:status: 200",
                ":status: 99",
                ":status: abc",
                ":status: 101",
                ":status: 200\n:path: /",
                ":status: 200\nX-Upper: 1",
                ":status: 200\nconnection: close",
                ":status: 200\ntransfer-encoding: chunked",
                ":status: 200\nx-a: 1\r2",
                ":status: 200\ncontent-length: 5\ncontent-length: 5",
                ":status: 200\ncontent-length: x",
                ":status: 200\ncontent-length: 2", // of which none comes
            })
    void answers502ToAHeadThatIsMalformed(String fields) {
        String[] pairs = fields.split("\n|(?<=.): ", -1);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.headers(peer.request(), true, pairs);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app)) {
            assertThat(status(gate, GET)).isEqualTo(502);
        }
    }

    @Test
    void cutsAnAnswerThatIsLongerOrShorterThanItSaid() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.headers(stream, false, ":status", "200", "content-length", "4");
                    peer.data(stream, n == 2 ? "abcde" : "abc", n < 3);
                    if (n == 3) {
                        peer.headers(stream, true, "x-checksum", "7");
                    }
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app)) {
            for (int i = 0; i < 3; i++) {
                try (RawPeer client = gate.client()) {
                    String answer = client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .rest();
                    assertThat(answer).doesNotContain("abcd");
                }
            }
            assertThat(app.accepted()).isEqualTo(3);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void answersAHeadRequestAndOthersWithoutABody() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.headers(peer.request(), true, ":status", "200", "content-length", "5");
                    peer.headers(peer.request(), true, ":status", "304", "content-length", "5");
                    answer(peer, peer.request(), "last");
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").head()).contains("200", "5");
            assertThat(client.send(GET).head()).contains("304");
            assertThat(client.send(GET).message().body()).isEqualTo("last");
        }
    }

    @Test
    void endsAConnectionThatIsFlooded() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.request();
                    ByteBuffer pings = ByteBuffer.allocate(2000 * 17);
                    for (int i = 0; i < 2000; i++) {
                        pings.put(Http2Peer.frame(PING, 0, 0, new byte[8]));
                    }
                    peer.raw(pings.array());
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app)) {
            assertThat(status(gate, GET)).isEqualTo(502);
        }
    }

    @Test
    void answers502WhereAServerSpeaksNoHttp2() {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
                GatewayFixture gate = gateway().http2().before(app)) {
            assertThat(status(gate, GET)).isEqualTo(502);
        }
    }

    @Test
    void refusesAWebSocket() {
        try (Http2Upstream app = new Http2Upstream(echo);
                GatewayFixture gate = before(app)) {
            assertThat(
                            status(
                                    gate,
                                    "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
                    .isEqualTo(502);
            assertThat(status(gate, GET)).isEqualTo(200);
        }
    }

    @Test
    void doesNotOpenStreamsWhereThereMayBeNone() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    assertThat(peer.settings(3, 0).alive()).isTrue();
                    answer(peer, stream, "n" + n);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            peerAnswers(client, "n1");
            peerAnswers(client, "n2");
        }
    }

    private static void peerAnswers(RawPeer client, String text) {
        assertThat(client.send(GET).message().body()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1", ""})
    void agreesOverTlsOrGivesUp(String protocol) {
        TestCertificates certificates = new TestCertificates();
        try (Http2Upstream app = Http2Upstream.secure(
                        certificates.serving(certificates.server("localhost"), false),
                        echo,
                        protocol.isEmpty() ? new String[0] : new String[] {protocol});
                GatewayFixture gate = gateway()
                        .http2()
                        .upstreamTls(new UpstreamTls(certificates.authority(directory), null, null))
                        .beforeAny(new ServerAddress.Tcp(
                                InetSocketAddress.createUnresolved(
                                        "localhost", app.address().getPort()),
                                true))) {
            boolean agrees = protocol.equals("h2");
            assertThat(status(gate, GET)).isEqualTo(agrees ? 200 : 502);
            assertThat(heads).hasSize(agrees ? 1 : 0);
            if (agrees) {
                assertThat(heads.get(0)).containsEntry(":scheme", "https");
            }
        }
    }
}
