package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of a server that speaks TLS. */
class TlsQuestionTest {

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();
    private final UpstreamChecks checks = new UpstreamChecks(Duration.ofSeconds(5), Instant.now());

    private RawUpstream app(X509Bundle certificate, boolean wantsClients) {
        return RawUpstream.secure(certificates.serving(certificate, wantsClients), wantsClients, (peer, number) -> {
            peer.message();
            peer.send(RawUpstream.ok("hello"));
        });
    }

    private Seen seen(RawUpstream app, @Nullable String name) throws InterruptedException {
        return checks.answers(server(app), new UpstreamTls(certificates.authority(directory), name, null));
    }

    private static ServerAddress server(RawUpstream app) {
        return new ServerAddress.Tcp(
                InetSocketAddress.createUnresolved("localhost", app.address().getPort()), true);
    }

    @Test
    void findsAServerThatAnswers() throws Exception {
        try (RawUpstream app = app(certificates.server("localhost"), false)) {
            assertThat(seen(app, null).toString()).contains("GET / was answered 200");
        }
    }

    @Test
    void asksForTheConfiguredName() throws Exception {
        try (RawUpstream app = app(certificates.server("app.internal"), false)) {
            assertThat(seen(app, "app.internal").toString()).contains("GET / was answered 200");
            assertThat(seen(app, null).toString()).contains("its certificate is not made out to localhost");
        }
    }

    @Test
    void tellsAnUnknownAuthority() throws Exception {
        try (RawUpstream app = app(certificates.server("localhost"), false)) {
            assertThat(checks.answers(server(app), UpstreamTls.STANDARD).toString())
                    .contains("issued by nobody who is believed", "tls.ca");
        }
    }

    @Test
    void tellsAnExpiredCertificate() throws Exception {
        try (RawUpstream app = app(certificates.expired("localhost"), false)) {
            assertThat(seen(app, null).toString()).contains("its certificate is not valid now");
        }
    }

    @Test
    void tellsThatACertificateIsWanted() throws Exception {
        try (RawUpstream app = app(certificates.server("localhost"), true)) {
            assertThat(seen(app, null).toString()).contains("tls.client-certificate");

            UpstreamTls showing = new UpstreamTls(
                    certificates.authority(directory),
                    null,
                    TestCertificates.write(directory, "own", certificates.client("CN=gateway")));
            assertThat(checks.answers(server(app), showing).toString()).contains("GET / was answered 200");
        }
    }

    @Test
    void tellsAServerWithoutTls() throws Exception {
        try (RawUpstream app = RawUpstream.answering(request -> RawUpstream.ok("hello"))) {
            assertThat(checks.answers(server(app), UpstreamTls.STANDARD).toString())
                    .isNotEmpty()
                    .doesNotContain("answered 200");
        }
    }
}
