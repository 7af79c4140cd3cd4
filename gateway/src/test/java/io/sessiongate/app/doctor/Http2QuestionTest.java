package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of a server that is to speak HTTP/2. */
class Http2QuestionTest {

    /** Empty settings. */
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();
    private final UpstreamChecks checks = new UpstreamChecks(Duration.ofSeconds(5), Instant.now());

    private static Http2Upstream greeting() {
        return new Http2Upstream((peer, number) -> peer.raw(SETTINGS).next());
    }

    private Http2Upstream secure(String... protocols) {
        return Http2Upstream.secure(
                certificates.serving(certificates.server("localhost"), false),
                (peer, number) -> peer.raw(SETTINGS).next(),
                protocols);
    }

    private static ServerAddress server(InetSocketAddress address, boolean secure) {
        return new ServerAddress.Tcp(InetSocketAddress.createUnresolved("localhost", address.getPort()), secure);
    }

    private Seen seen(InetSocketAddress address, boolean secure) throws InterruptedException {
        return checks.speaksHttp2(
                server(address, secure), new UpstreamTls(certificates.authority(directory), null, null));
    }

    @Test
    void findsAServerThatSpeaksItAtOnce() throws Exception {
        try (Http2Upstream app = greeting()) {
            assertThat(seen(app.address(), false).verdict()).isEqualTo(Verdict.OK);
        }
    }

    @Test
    void findsOneOnASocketOfTheFileSystem() throws Exception {
        Path socket = directory.resolve("app.sock");
        ServerAddress server = new ServerAddress.Unix(socket);
        String settings = new String(SETTINGS, StandardCharsets.ISO_8859_1);
        RawUpstream app =
                RawUpstream.at(socket, (peer, number) -> peer.send(settings).ended());
        try {
            assertThat(checks.speaksHttp2(server, UpstreamTls.STANDARD).verdict())
                    .isEqualTo(Verdict.OK);
        } finally {
            app.close();
        }
        assertThat(checks.speaksHttp2(server, UpstreamTls.STANDARD).saw()).startsWith("the socket cannot be used");
    }

    @Test
    void findsOneThatAgreesOnItOverTls() throws Exception {
        try (Http2Upstream app = secure("http/1.1", "h2")) {
            assertThat(seen(app.address(), true).verdict()).isEqualTo(Verdict.OK);
        }
    }

    @Test
    void tellsOneThatAgreesOnNothing() throws Exception {
        try (Http2Upstream app = secure()) {
            Seen seen = seen(app.address(), true);
            assertThat(seen.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(seen.saw()).contains("no HTTP/2", "ALPN");
            assertThat(seen.fix()).contains("protocol of the upstream");
        }
        try (Http2Upstream app = secure("http/1.1")) {
            assertThat(seen(app.address(), true).verdict()).isEqualTo(Verdict.FAIL);
        }
    }

    @Test
    void tellsAnUnknownAuthority() throws Exception {
        try (Http2Upstream app = secure("h2")) {
            assertThat(checks.speaksHttp2(server(app.address(), true), UpstreamTls.STANDARD)
                            .saw())
                    .contains("issued by nobody who is believed");
        }
    }

    @Test
    void tellsOneThatSpeaksHttp1() throws Exception {
        try (RawUpstream app = new RawUpstream((peer, number) -> peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            Seen seen = seen(app.address(), false);
            assertThat(seen.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(seen.saw()).startsWith("no HTTP/2 is spoken there");
        }
    }

    @Test
    void tellsOneThatSaysNothingAndOneThatIsNotThere() throws Exception {
        UpstreamChecks hasty = new UpstreamChecks(Duration.ofMillis(200), Instant.now());
        InetSocketAddress gone;
        try (RawUpstream app = new RawUpstream((peer, number) -> peer.ended())) {
            gone = app.address();
            assertThat(hasty.speaksHttp2(server(gone, false), UpstreamTls.STANDARD)
                            .saw())
                    .isEqualTo("no answer within 200 ms");
        }
        assertThat(seen(gone, false).saw()).isEqualTo("nothing listens there");
    }

    @Test
    void isAskedOfUpstreamsOfThatProtocol() throws Exception {
        try (Http2Upstream app = greeting()) {
            Path file = Files.writeString(directory.resolve("sessiongate.yaml"), """
                    listeners: [ { address: "127.0.0.1:0" } ]
                    upstreams: { app: { protocol: http2, servers: [ "http://127.0.0.1:%d" ] } }
                    routes: [ { path: /**, access: public, upstream: app } ]
                    """.formatted(
                            app.address().getPort()));
            LoadResult.Loaded loaded = (LoadResult.Loaded) ConfigLoader.load(file, name -> null);
            List<Finding> findings = new ArrayList<>();
            Doctor.examine(
                    loaded.config(),
                    List.of(),
                    new Doctor.Options(1, Duration.ZERO, Duration.ofSeconds(5)),
                    findings::add);
            assertThat(findings).hasSize(1);
            assertThat(findings.get(0).saw()).startsWith("speaks HTTP/2");
        }
    }
}
