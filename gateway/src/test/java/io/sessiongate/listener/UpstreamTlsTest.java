package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that speak TLS: who is believed to be one, and what goes through. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class UpstreamTlsTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();

    private static final RawUpstream.Script HELLO = (peer, number) -> {
        while (true) {
            peer.message();
            peer.send(RawUpstream.ok("hello"));
        }
    };

    private RawUpstream app(X509Bundle certificate) {
        return RawUpstream.secure(certificates.serving(certificate, false), false, HELLO);
    }

    private GatewayFixture before(RawUpstream app, UpstreamTls tls) {
        return before(app, "localhost", tls);
    }

    private static GatewayFixture before(RawUpstream app, String host, UpstreamTls tls) {
        return gateway()
                .upstreamTls(tls)
                .beforeAny(new ServerAddress.Tcp(
                        InetSocketAddress.createUnresolved(host, app.address().getPort()), true));
    }

    private UpstreamTls trusting(@Nullable String serverName) {
        return new UpstreamTls(certificates.authority(directory), serverName, null);
    }

    private static int status(GatewayFixture gateway) {
        try (RawPeer client = gateway.client()) {
            return client.send(GET).message().status();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1"})
    void speaksToAServerWithTheRightCertificate(String host) {
        try (RawUpstream app = app(certificates.server("localhost", "127.0.0.1"));
                GatewayFixture gateway = before(app, host, trusting(null));
                RawPeer client = gateway.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("hello");
            assertThat(client.send(GET).message().body()).isEqualTo("hello");
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void asksServersOverTlsWhetherTheyAreWell() {
        HealthCheckConfig check =
                new HealthCheckConfig("/", Duration.ofMillis(50), Duration.ofSeconds(5), 1, 1, 200, 200);
        try (RawUpstream right = app(certificates.server("localhost"));
                RawUpstream wrong = app(certificates.server("other.test"));
                GatewayFixture gateway = gateway()
                        .upstreamTls(trusting(null))
                        .spread(TestUpstreams.checking(check))
                        .beforeAny(secure(right), secure(wrong))) {
            String bad = "localhost:" + wrong.address().getPort();
            await().until(() -> gateway.upstreams.states().stream()
                    .anyMatch(state -> state.name().startsWith(bad) && !state.healthy()));
            await().until(() -> gateway.registry
                            .get("sessiongate.upstream.checks")
                            .tag("server", "localhost:" + right.address().getPort())
                            .tag("result", "good")
                            .counter()
                            .count()
                    > 1);
            for (int i = 0; i < 4; i++) {
                assertThat(status(gateway)).isEqualTo(200);
            }
        }
    }

    private static ServerAddress secure(RawUpstream app) {
        return new ServerAddress.Tcp(
                InetSocketAddress.createUnresolved("localhost", app.address().getPort()), true);
    }

    @Test
    void refusesAServerWithAnotherName() {
        try (RawUpstream app = app(certificates.server("other.test"));
                GatewayFixture gateway = before(app, trusting(null))) {
            assertThat(status(gateway)).isEqualTo(502);
            assertThat(gateway.count("sessiongate.upstream.connect.failures")).isPositive();
        }
    }

    @Test
    void asksForTheNameThatIsConfigured() throws Exception {
        X509Bundle other = certificates.server("other.test");
        CountDownLatch asked = new CountDownLatch(1);
        try (RawUpstream app = RawUpstream.secure(certificates.serving(other, false), false, (peer, number) -> {
                    peer.message();
                    if (((ExtendedSSLSession) ((SSLSocket) peer.socket()).getSession())
                            .getRequestedServerNames()
                            .toString()
                            .contains("other.test")) {
                        asked.countDown();
                    }
                    peer.send(RawUpstream.ok("hello"));
                });
                GatewayFixture gateway = before(app, trusting("other.test"))) {
            assertThat(status(gateway)).isEqualTo(200);
            assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void refusesAServerOfAnUnknownAuthority() {
        X509Bundle stranger = new TestCertificates().server("localhost");
        try (RawUpstream app = app(stranger);
                GatewayFixture gateway = before(app, trusting(null))) {
            assertThat(status(gateway)).isEqualTo(502);
        }
    }

    @Test
    void believesNoAuthorityOfItsOwnAccord() {
        try (RawUpstream app = app(certificates.server("localhost"));
                GatewayFixture gateway = before(app, UpstreamTls.STANDARD)) {
            assertThat(status(gateway)).isEqualTo(502);
        }
    }

    @Test
    void refusesACertificateThatHasExpired() {
        try (RawUpstream app = app(certificates.expired("localhost"));
                GatewayFixture gateway = before(app, trusting(null))) {
            assertThat(status(gateway)).isEqualTo(502);
        }
    }

    @Test
    void showsItsOwnCertificate() {
        X509Bundle own = certificates.client("CN=gateway");
        X509Bundle server = certificates.server("localhost");
        UpstreamTls showing =
                new UpstreamTls(certificates.authority(directory), null, TestCertificates.write(directory, "own", own));
        try (RawUpstream app = RawUpstream.secure(certificates.serving(server, true), true, (peer, number) -> {
                    peer.message();
                    peer.send(RawUpstream.ok(((SSLSocket) peer.socket())
                            .getSession()
                            .getPeerPrincipal()
                            .getName()));
                });
                GatewayFixture gateway = before(app, showing);
                GatewayFixture without = before(app, trusting(null));
                RawPeer client = gateway.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("CN=gateway");
            assertThat(status(without)).isEqualTo(502);
        }
    }

    @Test
    void countsFilesThatAreReadAgainAndThoseThatCannotBeUsed() throws IOException {
        Path authority = certificates.authority(directory);
        try (RawUpstream app = app(certificates.server("localhost"));
                GatewayFixture gateway = before(app, trusting(null))) {
            String before = Files.readString(authority);
            assertThat(lookedAgain(gateway)).isEqualTo("ok 0, failed 0");

            Files.writeString(authority, "no certificate");
            assertThat(lookedAgain(gateway)).isEqualTo("ok 0, failed 1");
            assertThat(lookedAgain(gateway)).as("once for one content").isEqualTo("ok 0, failed 1");
            assertThat(status(gateway)).isEqualTo(200);

            Files.writeString(
                    authority,
                    before + new TestCertificates().server("other.test").getCertificatePEM());
            assertThat(lookedAgain(gateway)).isEqualTo("ok 1, failed 1");
            assertThat(status(gateway)).isEqualTo(200);
        }
    }

    private static String lookedAgain(GatewayFixture gateway) {
        gateway.upstreams.certificateLooks().forEach(Runnable::run);
        return "ok " + rereads(gateway, "ok") + ", failed " + rereads(gateway, "failed");
    }

    private static long rereads(GatewayFixture gateway, String result) {
        return (long) gateway.registry
                .get("sessiongate.upstream.tls.reloads")
                .tag("result", result)
                .counter()
                .count();
    }

    @Test
    void goesOnWithSessions() {
        X509Bundle server = certificates.server("localhost");
        try (RawUpstream app = RawUpstream.secure(certificates.serving(server, false), false, (peer, number) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                });
                GatewayFixture gateway = before(app, trusting(null))) {
            assertThat(status(gateway)).isEqualTo(200);
            assertThat(status(gateway)).isEqualTo(200);

            assertThat(gateway.registry
                            .get("sessiongate.upstream.tls.handshakes")
                            .tag("resumed", "true")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void givesUpOnAHandshakeWithinTheConnectTimeout() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                GatewayFixture gateway = gateway()
                        .upstreamTls(trusting(null))
                        .connect(Duration.ofMillis(300))
                        .beforeAny(new ServerAddress.Tcp(
                                InetSocketAddress.createUnresolved("127.0.0.1", mute.getLocalPort()), true))) {
            assertThat(status(gateway)).isEqualTo(502);
            await().untilAsserted(() -> assertThat(gateway.gauge("sessiongate.upstream.connections.open"))
                    .isZero());
        }
    }

    @Test
    void refusesAServerThatDoesNotSpeakTls() {
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok("hello"));
                GatewayFixture gateway = before(app, trusting(null))) {
            assertThat(status(gateway)).isEqualTo(502);
        }
    }

    private interface OnTop {
        void run(SSLSocket socket, RawPeer peer) throws Exception;
    }

    /** A server whose TLS ends with a word, where the script says it, and the connection below with the script. */
    private RawUpstream onTop(OnTop script) {
        SSLContext context = certificates.serving(certificates.server("localhost"), false);
        return new RawUpstream((below, number) -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket(below.socket(), null, below.socket().getPort(), false);
            socket.setUseClientMode(false);
            script.run(socket, new RawPeer(socket));
        });
    }

    /** Anybody on the way can end a connection; only the server can say that this is the end of the answer. */
    @Test
    void takesNoCutAnswerForAWholeOne() {
        CountDownLatch seen = new CountDownLatch(1);
        try (RawUpstream app = onTop((socket, peer) -> {
                    String path = peer.message().startLine();
                    peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
                    seen.await();
                    if (!path.contains("cut")) {
                        socket.close();
                    }
                });
                GatewayFixture gateway = before(app, trusting(null));
                RawPeer whole = gateway.client();
                RawPeer cut = gateway.client()) {
            cut.send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n").head();
            assertThat(cut.line()).isEqualTo("5");
            assertThat(cut.line()).isEqualTo("hello");
            seen.countDown();
            assertThat(cut.rest()).isEmpty();

            assertThat(whole.send(GET).message().body()).isEqualTo("hello");
        }
    }

    @Test
    void carriesBigBodiesAndWebSockets() {
        X509Bundle server = certificates.server("localhost");
        String big = "abcdefghij".repeat(200_000);
        try (RawUpstream app = RawUpstream.secure(certificates.serving(server, false), false, (peer, number) -> {
                    RawPeer.Message request = peer.message();
                    if (request.startLine().startsWith("POST")) {
                        peer.send(RawUpstream.ok(request.body()));
                        request = peer.message();
                    }
                    peer.send(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi");
                    while (true) {
                        peer.send(peer.text(4));
                    }
                });
                GatewayFixture gateway = before(app, trusting(null));
                RawPeer client = gateway.client()) {
            assertThat(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + big.length() + "\r\n\r\n" + big)
                            .message()
                            .body())
                    .isEqualTo(big);

            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nping");
            assertThat(client.head()).startsWith("HTTP/1.1 101");
            assertThat(client.text(6)).isEqualTo("hiping");
            assertThat(client.send("pong").text(4)).isEqualTo("pong");
        }
    }

    /** It says that it sends no more, and the connection below stays open. */
    @Test
    void passesTheEndOfAWebSocketOnToAStream() {
        CountDownLatch seen = new CountDownLatch(1);
        try (RawUpstream app = onTop((socket, peer) -> {
                    peer.send(RawUpstream.webSocket(peer.head()) + "hi");
                    socket.close();
                    seen.await();
                });
                GatewayFixture gateway = before(app, trusting(null));
                Http2Peer client = Http2Peer.connect(gateway.address)) {
            int stream = client.open(false, Http2Peer.request("CONNECT", "/", ":protocol", "websocket"));
            Http2Peer.Answer answer = client.answer(stream);
            assertThat(answer.text()).isEqualTo("hi");
            assertThat(answer.ended).isTrue();
            client.data(stream, "", true);
            await().until(() -> gateway.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(gateway.flow.completions.get(0).fault()).isNull();
            seen.countDown();
        }
    }
}
