package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes through a connection behind TLS: all that goes through a plain one, and its end. */
@ExtendWith(LeakWatch.class)
class TlsTrafficTest {

    private static final int BIG = 5 * 1024 * 1024;

    private static final String UPGRADE = String.join(
            "\r\n",
            "GET /chat HTTP/1.1",
            "Host: app.test",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            "",
            "");

    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();

    private TlsConfig tls(TlsConfig.Provider provider) {
        return new TlsConfig(
                List.of(TestCertificates.write(directory, "app", certificates.server("app.test"))),
                TlsConfig.PROTOCOLS,
                TlsConfig.ClientCertificates.NONE,
                Duration.ofSeconds(5),
                100,
                Duration.ofHours(1),
                100,
                provider);
    }

    private RawPeer client(GatewayFixture gateway, String... protocols) {
        return new RawPeer(
                TestCertificates.connect(certificates.believing(null), gateway.address, "app.test", protocols));
    }

    @ParameterizedTest
    @CsvSource({"BORINGSSL, AUTO", "JDK, AUTO", "BORINGSSL, NIO"})
    void carriesBigBodiesBothWays(TlsConfig.Provider provider, TransportKind transport) throws Exception {
        byte[] big = new byte[BIG];
        for (int i = 0; i < big.length; i++) {
            big[i] = (byte) ('a' + (i * 31L + i / 977) % 26);
        }
        String text = new String(big, StandardCharsets.ISO_8859_1);
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok(request.body()));
                GatewayFixture gateway =
                        gateway().tls(tls(provider)).transport(transport).before(app);
                RawPeer client = client(gateway)) {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<Void> sent = CompletableFuture.runAsync(
                        () -> client.send("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: " + BIG + "\r\n\r\n")
                                .send(big));

                assertThat(client.message().body()).isEqualTo(text);
                sent.get();
            }
        }
    }

    @Test
    void holdsBackAnAnswerThatTheClientDoesNotRead() throws IOException {
        CountDownLatch stuck = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n");
                    byte[] piece = new byte[1_000_000];
                    for (int i = 0; i < 30; i++) {
                        if (i == 29) {
                            stuck.countDown();
                        }
                        peer.send(piece);
                    }
                });
                GatewayFixture gateway =
                        gateway().tls(tls(TlsConfig.Provider.AUTO)).before(app);
                RawPeer client = client(gateway)) {
            client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n").head();

            await().during(Duration.ofMillis(300))
                    .untilAsserted(() -> assertThat(stuck.getCount()).isEqualTo(1));
            client.in().skipNBytes(30_000_000);

            assertThat(client.send("GET /reply HTTP/1.1\r\nHost: app.test\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void carriesWebSockets(TlsConfig.Provider provider) {
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    peer.head();
                    // The first frame in one piece with the answer, so that some of it is read before the switch.
                    peer.send(SWITCHING + "\u0081\u0002hi");
                    while (true) {
                        peer.send(peer.text(8));
                    }
                });
                GatewayFixture gateway = gateway().tls(tls(provider)).before(app);
                RawPeer client = client(gateway)) {
            client.send(UPGRADE + "\u0081\u0082mask__");

            assertThat(client.head()).startsWith("HTTP/1.1 101");
            assertThat(client.text(4)).isEqualTo("\u0081\u0002hi");
            assertThat(client.text(8)).isEqualTo("\u0081\u0082mask__");
            assertThat(client.send("\u0081\u0082mask--").text(8)).isEqualTo("\u0081\u0082mask--");
        }
    }

    @ParameterizedTest
    @CsvSource({"BORINGSSL, TLSv1.2", "BORINGSSL, TLSv1.3", "JDK, TLSv1.2", "JDK, TLSv1.3"})
    void endsATunnelForWhoeverIsLeft(TlsConfig.Provider provider, String protocol) {
        CountDownLatch appSawEnd = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    peer.head();
                    peer.send(SWITCHING);
                    if (number == 1) {
                        peer.ended();
                        appSawEnd.countDown();
                    } else {
                        peer.send("the last words");
                    }
                });
                GatewayFixture gateway = gateway().tls(tls(provider)).before(app);
                RawPeer leaving = client(gateway, protocol);
                RawPeer staying = client(gateway, protocol)) {
            assertThat(leaving.send(UPGRADE).head()).startsWith("HTTP/1.1 101");
            leaving.hangUp();
            await().untilAsserted(() -> assertThat(appSawEnd.getCount()).isZero());

            assertThat(staying.send(UPGRADE).head()).startsWith("HTTP/1.1 101");
            assertThat(staying.rest()).isEqualTo("the last words");
            staying.hangUp();
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.connections.open")).isZero());
        }
    }

    /** HTTP/1.0 without a length: only the end of the connection says that the body is whole. */
    @ParameterizedTest
    @CsvSource({"BORINGSSL, TLSv1.2", "BORINGSSL, TLSv1.3", "JDK, TLSv1.2", "JDK, TLSv1.3"})
    void tellsAWholeBodyFromOneThatWasCut(TlsConfig.Provider provider, String protocol) {
        CountDownLatch seen = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    while (peer.message().startLine().startsWith("GET")) {
                        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
                    }
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    seen.await();
                });
                GatewayFixture gateway = gateway().tls(tls(provider)).before(app);
                RawPeer whole = client(gateway, protocol);
                RawPeer cut = client(gateway, protocol)) {
            assertThat(whole.send("GET / HTTP/1.0\r\n\r\n").message().body()).isEqualTo("hello");

            cut.send("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx").head();
            assertThat(cut.text(5)).isEqualTo("hello");
            seen.countDown();

            assertThatThrownBy(cut::rest).rootCause().isInstanceOf(IOException.class);
        }
    }

    @Test
    void seesAClientLeaveInTheMiddleOfItsRequest() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch appSawEnd = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream((peer, number) -> {
                    peer.head();
                    begun.countDown();
                    peer.ended();
                    appSawEnd.countDown();
                });
                GatewayFixture gateway =
                        gateway().tls(tls(TlsConfig.Provider.AUTO)).before(app);
                RawPeer client = client(gateway)) {
            client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
            begun.await();

            // Says that it sends no more, and leaves the connection as it is.
            ((SSLSocket) client.socket()).shutdownOutput();

            await().untilAsserted(() -> assertThat(appSawEnd.getCount()).isZero());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void answersBeforeItClosesOnAnUnreadBody(TlsConfig.Provider provider) {
        LimitsConfig small = new LimitsConfig(32 * 1024, 8 * 1024, 100, 1000, 128 * 1024, 1000);
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok(""));
                GatewayFixture gateway =
                        gateway().tls(tls(provider)).limits(small).before(app);
                RawPeer client = client(gateway)) {
            client.send("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100000\r\n\r\n")
                    .send(new byte[50_000]);

            assertThat(client.message().status()).isEqualTo(413);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void answersRequestsThatComeInOnePiece() {
        try (RawUpstream app = RawUpstream.answering(
                        request -> RawUpstream.ok(request.startLine().split(" ", -1)[1]));
                GatewayFixture gateway =
                        gateway().tls(tls(TlsConfig.Provider.AUTO)).before(app);
                RawPeer client = client(gateway)) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                all.append("GET /").append(i).append(i % 7 == 0 ? "later" : "").append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(all.toString());

            for (int i = 0; i < 50; i++) {
                assertThat(client.message().body()).isEqualTo("/" + i + (i % 7 == 0 ? "later" : ""));
            }
        }
    }

    @Test
    void endsAConnectionWhoseBytesAreNoneOfTls() throws IOException {
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok("hello"));
                GatewayFixture gateway =
                        gateway().tls(tls(TlsConfig.Provider.AUTO)).before(app);
                Socket plain = new Socket(InetAddress.getLoopbackAddress(), gateway.address.getPort())) {
            SSLSocket socket = (SSLSocket) certificates
                    .believing(null)
                    .getSocketFactory()
                    .createSocket(plain, "app.test", gateway.address.getPort(), false);
            RawPeer client = new RawPeer(socket);
            assertThat(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("hello");

            plain.getOutputStream()
                    .write("\u0017\u0003\u0003\u0000\u0010 this is not what was agreed on"
                            .getBytes(StandardCharsets.ISO_8859_1));

            assertThatThrownBy(client::rest).rootCause().isInstanceOf(SSLException.class);
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.connections.open")).isZero());
        }
    }

    @Test
    void speaksPlainAndTlsSideBySide() {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok("hello"));
                GatewayFixture gateway = gateway()
                        .listeners(new ListenerConfig(any, tls(TlsConfig.Provider.AUTO)), new ListenerConfig(any))
                        .before(app);
                RawPeer secure = client(gateway);
                RawPeer plain = RawPeer.connect(gateway.addresses.get(1))) {
            String get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

            assertThat(secure.send(get).message().body()).isEqualTo("hello");
            assertThat(plain.send(get).message().body()).isEqualTo("hello");
        }
    }
}
