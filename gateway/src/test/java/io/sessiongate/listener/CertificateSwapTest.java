package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates that are replaced while the gateway runs. */
@ExtendWith(LeakWatch.class)
class CertificateSwapTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();

    private CertificateFiles write(X509Bundle certificate) {
        return TestCertificates.write(directory, "app", certificate);
    }

    private GatewayFixture gatewayWith(RawUpstream app, TlsConfig.Provider provider, X509Bundle certificate) {
        return gateway()
                .tls(new TlsConfig(
                        List.of(write(certificate)),
                        TlsConfig.PROTOCOLS,
                        TlsConfig.ClientCertificates.NONE,
                        Duration.ofSeconds(5),
                        100,
                        Duration.ofHours(1),
                        100,
                        provider))
                .before(app);
    }

    private RawPeer client(GatewayFixture gateway) {
        return new RawPeer(TestCertificates.connect(certificates.believing(null), gateway.address, "app.test"));
    }

    private static BigInteger serial(RawPeer client) {
        try {
            X509Certificate shown =
                    (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
            return shown.getSerialNumber();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BigInteger shown(GatewayFixture gateway, CertificateSwapTest test) {
        try (RawPeer client = test.client(gateway)) {
            assertThat(client.send(GET).message().body()).isEqualTo("hello");
            return serial(client);
        }
    }

    private static double reloads(GatewayFixture gateway, String result) {
        return gateway.registry
                .get("sessiongate.tls.reloads")
                .tag("result", result)
                .counter()
                .count();
    }

    private static RawUpstream app() {
        return RawUpstream.answering(request -> RawUpstream.ok("hello"));
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void showsTheNewOneToNewConnectionsAndDropsNone(TlsConfig.Provider provider) throws Exception {
        X509Bundle before = certificates.server("app.test");
        X509Bundle after = certificates.server("app.test");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        try (RawUpstream app = app();
                GatewayFixture gateway = gatewayWith(app, provider, before);
                RawPeer old = client(gateway)) {
            assertThat(old.send(GET).message().body()).isEqualTo("hello");
            CompletableFuture<Void> traffic = CompletableFuture.runAsync(() -> {
                while (!over.get()) {
                    shown(gateway, this);
                    served.incrementAndGet();
                }
            });
            await().until(() -> served.get() > 5 || traffic.isDone());

            write(after);
            gateway.server.rereadCertificates();
            int servedBefore = served.get();
            await().until(() -> served.get() > servedBefore + 5 || traffic.isDone());
            over.set(true);
            traffic.get();

            assertThat(shown(gateway, this)).isEqualTo(after.getCertificate().getSerialNumber());
            assertThat(old.send(GET).message().body()).isEqualTo("hello");
            assertThat(serial(old)).isEqualTo(before.getCertificate().getSerialNumber());
            assertThat(reloads(gateway, "ok")).isEqualTo(1);
        }
    }

    @Test
    void noticesByItself() {
        X509Bundle after = certificates.server("app.test");
        try (RawUpstream app = app();
                GatewayFixture gateway = gatewayWith(app, TlsConfig.Provider.AUTO, certificates.server("app.test"))) {
            write(after);

            await().atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(shown(gateway, this))
                            .isEqualTo(after.getCertificate().getSerialNumber()));
        }
    }

    @Test
    void keepsTheOldOneWhereTheNewCannotBeUsed() throws IOException {
        X509Bundle before = certificates.server("app.test");
        X509Bundle after = certificates.server("app.test");
        try (RawUpstream app = app();
                GatewayFixture gateway = gatewayWith(app, TlsConfig.Provider.AUTO, before)) {
            BigInteger old = before.getCertificate().getSerialNumber();
            Path key = directory.resolve("app-key.pem");
            Path certificate = directory.resolve("app.pem");

            // The certificate comes before its key.
            Files.writeString(certificate, after.getCertificatePathPEM());
            gateway.server.rereadCertificates();
            gateway.server.rereadCertificates();
            assertThat(shown(gateway, this)).isEqualTo(old);
            assertThat(reloads(gateway, "failed")).as("said once").isEqualTo(1);

            Files.writeString(certificate, "no certificate");
            gateway.server.rereadCertificates();
            Files.delete(certificate);
            gateway.server.rereadCertificates();
            assertThat(shown(gateway, this)).isEqualTo(old);
            assertThat(reloads(gateway, "failed")).isEqualTo(3);

            Files.writeString(certificate, after.getCertificatePathPEM());
            Files.writeString(key, after.getPrivateKeyPEM());
            gateway.server.rereadCertificates();
            assertThat(shown(gateway, this)).isEqualTo(after.getCertificate().getSerialNumber());
        }
    }

    @Test
    void startsWithNoCertificateThatCannotBeUsed() throws IOException {
        X509Bundle certificate = certificates.server("app.test");
        CertificateFiles files = write(certificate);
        Files.writeString(files.key(), certificates.server("app.test").getPrivateKeyPEM());

        assertThatThrownBy(() -> gateway().tls(new TlsConfig(List.of(files))).before(List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(files.key().toString())
                .hasMessageContaining("not the key of the certificate");
    }
}
