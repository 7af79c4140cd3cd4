package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole gateway with TLS on both sides: what the application and the client are told. */
class TlsGatewayTest {

    private static final String HSTS = "Strict-Transport-Security";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();
    private final RawUpstream app = secured();
    private @Nullable Gateway gateway;

    private RawUpstream secured() {
        return RawUpstream.secure(
                certificates.serving(certificates.server("localhost"), false), false, (peer, number) -> {
                    while (true) {
                        RawPeer.Message request = peer.message();
                        peer.send(RawUpstream.ok(request.startLine() + "\n" + String.join("\n", request.fields())));
                    }
                });
    }

    @BeforeEach
    void prepare() {
        TestCertificates.write(directory, "app", certificates.server("app.test"));
        certificates.authority(directory);
    }

    private void start(String provider) throws IOException {
        Path file = directory.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners:
                  - address: 127.0.0.1:0
                    hsts: { max-age: 1h }
                    tls:
                      certificates: [ { certificate: app.pem, key: app-key.pem } ]
                      client-certificates: { mode: optional, ca: ca.pem, header: X-Client-Cert-Subject }
                      provider: %s
                  - { address: "127.0.0.1:0", redirect-to-https: true, https-port: 8443 }
                  - { address: "127.0.0.1:0" }
                admin: { address: "127.0.0.1:0" }
                drain: 0s
                upstreams: { app: { servers: [ "https://localhost:%d" ], tls: { ca: ca.pem } } }
                routes: [ { path: /**, access: public, upstream: app } ]
                """.formatted(provider, app.address().getPort()));
        LoadResult result = ConfigLoader.load(file, name -> null);
        if (!(result instanceof LoadResult.Loaded loaded)) {
            throw new AssertionError(result);
        }
        GatewayConfig config = loaded.config();
        gateway = Gateway.start(config);
    }

    @AfterEach
    void stop() {
        Objects.requireNonNull(gateway).stop();
        app.close();
    }

    private RawPeer.Message get(RawPeer client, String target) {
        try (client) {
            return client.send(
                            "GET " + target + " HTTP/1.1\r\nHost: app.test:1\r\nX-Client-Cert-Subject: CN=Boss\r\n\r\n")
                    .message();
        }
    }

    private RawPeer secure(SSLContext context, String protocol) {
        return new RawPeer(TestCertificates.connect(context, address(0), "app.test", protocol));
    }

    private RawPeer plain(int listener) {
        return RawPeer.connect(address(listener));
    }

    private InetSocketAddress address(int listener) {
        return Objects.requireNonNull(gateway).addresses().get(listener);
    }

    @ParameterizedTest
    @CsvSource({"boringssl, TLSv1.2", "boringssl, TLSv1.3", "jdk, TLSv1.2", "jdk, TLSv1.3"})
    void tellsTheApplicationWhoCameAndHow(String provider, String protocol) throws IOException {
        start(provider);
        X509Bundle alice = certificates.client("CN=Alice");
        SSLContext known = certificates.believing(alice);

        // The second time without a look at the certificate: the session has it.
        for (int i = 0; i < 2; i++) {
            RawPeer.Message answer = get(secure(known, protocol), "/");
            assertThat(answer.body())
                    .contains("X-Forwarded-Proto: https", "X-Client-Cert-Subject: CN=Alice")
                    .doesNotContain("Boss");
            assertThat(answer.all(HSTS)).containsExactly("max-age=3600");
        }
        assertThat(get(secure(certificates.believing(null), protocol), "/").body())
                .doesNotContain("X-Client-Cert-Subject");
    }

    @ParameterizedTest
    @ValueSource(strings = {"boringssl", "jdk"})
    void sendsOnWhereItIsToAndServesPlainWhereItIsNot(String provider) throws IOException {
        start(provider);

        RawPeer.Message moved = get(plain(1), "/a?b=c");
        assertThat(moved.status()).isEqualTo(308);
        assertThat(moved.field("Location")).isEqualTo("https://app.test:8443/a?b=c");
        assertThat(moved.all(HSTS)).isEmpty();
        assertThat(get(plain(1), "/.well-known/acme-challenge/token").status()).isEqualTo(200);

        RawPeer.Message served = get(plain(2), "/");
        assertThat(served.body()).contains("X-Forwarded-Proto: http\n").doesNotContain("X-Client-Cert-Subject");
        assertThat(served.all(HSTS)).isEmpty();
    }
}
