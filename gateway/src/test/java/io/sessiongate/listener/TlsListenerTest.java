package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.TlsConfig.ClientCertificates;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients over TLS: what is agreed on, which certificate they get, and who is let in. */
@ExtendWith(LeakWatch.class)
class TlsListenerTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();

    private static RawUpstream app() {
        return RawUpstream.answering(request -> RawUpstream.ok("hello"));
    }

    private TlsConfig tls(TlsConfig.Provider provider, ClientCertificates clients, String... names) {
        return new TlsConfig(
                List.of(names).stream()
                        .map(name ->
                                TestCertificates.write(directory, name.replace('*', '_'), certificates.server(name)))
                        .toList(),
                TlsConfig.PROTOCOLS,
                clients,
                Duration.ofSeconds(5),
                100,
                Duration.ofHours(1),
                100,
                provider);
    }

    private GatewayFixture secured(RawUpstream app, TlsConfig.Provider provider, String... names) {
        return gateway().tls(tls(provider, ClientCertificates.NONE, names)).before(app);
    }

    private RawPeer client(GatewayFixture gateway, String... protocols) {
        return new RawPeer(
                TestCertificates.connect(certificates.believing(null), gateway.address, "app.test", protocols));
    }

    @ParameterizedTest
    @CsvSource({"BORINGSSL, TLSv1.2", "BORINGSSL, TLSv1.3", "JDK, TLSv1.2", "JDK, TLSv1.3"})
    void serves(TlsConfig.Provider provider, String protocol) {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, provider, "app.test");
                RawPeer client = client(gateway, protocol)) {
            assertThat(client.send(GET).message().body()).isEqualTo("hello");
            assertThat(client.send(GET).message().body()).isEqualTo("hello");

            assertThat(((SSLSocket) client.socket()).getSession().getProtocol()).isEqualTo(protocol);
            assertThat(handshakes(gateway, protocol, false)).isEqualTo(1);
        }
    }

    private static double handshakes(GatewayFixture gateway, String protocol, boolean resumed) {
        return gateway.registry
                .get("sessiongate.tls.handshakes")
                .tags("protocol", protocol, "resumed", Boolean.toString(resumed))
                .counter()
                .count();
    }

    @ParameterizedTest
    @CsvSource({"BORINGSSL, TLSv1.2", "BORINGSSL, TLSv1.3", "JDK, TLSv1.2", "JDK, TLSv1.3"})
    void resumesSessions(TlsConfig.Provider provider, String protocol) {
        SSLContext remembering = certificates.believing(null);
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, provider, "app.test")) {
            for (int i = 0; i < 2; i++) {
                try (RawPeer client =
                        new RawPeer(TestCertificates.connect(remembering, gateway.address, "app.test", protocol))) {
                    assertThat(client.send(GET).message().body()).isEqualTo("hello");
                }
            }

            assertThat(handshakes(gateway, protocol, false)).isEqualTo(1);
            assertThat(handshakes(gateway, protocol, true)).isEqualTo(1);
        }
    }

    /** The JDK replaces its own by itself. */
    @Test
    void takesTicketsOfTheLastKeyAndOfNoneBefore() {
        TlsConfig config = tls(TlsConfig.Provider.BORINGSSL, ClientCertificates.NONE, "app.test");
        TlsConfig restless = new TlsConfig(
                config.certificates(),
                config.protocols(),
                config.clientCertificates(),
                Duration.ofSeconds(5),
                100,
                Duration.ofNanos(1),
                100,
                TlsConfig.Provider.BORINGSSL);
        SSLContext remembering = certificates.believing(null);
        try (RawUpstream app = app();
                GatewayFixture gateway = gateway().tls(restless).before(app)) {
            visit(gateway, remembering);
            gateway.server.rereadCertificates();
            visit(gateway, remembering);
            assertThat(handshakes(gateway, "TLSv1.3", true)).isEqualTo(1);

            gateway.server.rereadCertificates();
            gateway.server.rereadCertificates();
            visit(gateway, remembering);

            assertThat(handshakes(gateway, "TLSv1.3", true)).isEqualTo(1);
            assertThat(handshakes(gateway, "TLSv1.3", false)).isEqualTo(2);
        }
    }

    private void visit(GatewayFixture gateway, SSLContext context) {
        try (RawPeer client = client(gateway, context, "TLSv1.3")) {
            assertThat(client.send(GET).message().body()).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "app.test, app.test",
        "other.test, other.test",
        "OTHER.test, other.test",
        "a.wild.test, *.wild.test",
        "a.b.wild.test, app.test",
        "wild.test, app.test",
        "unknown.test, app.test",
        ", app.test"
    })
    void picksTheCertificateByTheNameThatIsAskedFor(@Nullable String asked, String shown) throws IOException {
        try (RawUpstream app = app();
                GatewayFixture gateway =
                        secured(app, TlsConfig.Provider.AUTO, "app.test", "other.test", "*.wild.test");
                SSLSocket client = TestCertificates.connect(
                        certificates.believing(null), gateway.address, asked == null ? "localhost" : asked)) {
            SSLParameters parameters = client.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("");
            if (asked == null) {
                parameters.setServerNames(List.of());
            }
            client.setSSLParameters(parameters);

            client.startHandshake();

            assertThat(client.getSession().getPeerPrincipal().getName()).isEqualTo("CN=" + shown);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void speaksHttp2ToWhoOffersIt(TlsConfig.Provider provider) throws Exception {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, provider, "localhost")) {
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(certificates.believing(null))
                    .build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.address.getPort()))
                    .POST(HttpRequest.BodyPublishers.ofString("x".repeat(200_000)))
                    .build();

            for (int i = 0; i < 3; i++) {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());

                assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(answer.body()).isEqualTo("hello");
            }
            assertThat(handshakes(gateway, "TLSv1.3", false)).isEqualTo(1);
        }
    }

    /** What is agreed on stays as it was at the start. */
    @Test
    void servesWhoHasAgreedOnHttp2AfterThatWasSwitchedOff() throws Exception {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, TlsConfig.Provider.AUTO, "localhost")) {
            LimitsConfig none = new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 10, 10, 1000, 0, 0);
            gateway.use(new RecordingFlow(), gateway().limits(none));
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(certificates.believing(null))
                    .build();
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.address.getPort()))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void speaksHttp11ToWhoOffersNothingElseThatIsKnown(TlsConfig.Provider provider) throws IOException {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, provider, "app.test");
                RawPeer client = client(gateway)) {
            SSLSocket socket = (SSLSocket) client.socket();
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.1", "spdy/3"});
            socket.setSSLParameters(parameters);

            assertThat(client.send(GET).message().body()).isEqualTo("hello");
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void refusesOldVersionsAndWeakCipherSuites(TlsConfig.Provider provider) throws IOException {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, provider, "app.test");
                SSLSocket weak = TestCertificates.connect(certificates.believing(null), gateway.address, "app.test")) {
            weak.setEnabledProtocols(new String[] {"TLSv1.2"});
            weak.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});

            assertThatThrownBy(weak::startHandshake).isInstanceOf(SSLException.class);
            await().untilAsserted(() -> assertThat(failures(gateway, "refused")).isEqualTo(1));
        }
    }

    private static double failures(GatewayFixture gateway, String reason) {
        return gateway.registry
                .get("sessiongate.tls.handshake.failures")
                .tags("reason", reason)
                .counter()
                .count();
    }

    @Test
    void closesAConnectionThatDoesNotSpeakTls() {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, TlsConfig.Provider.AUTO, "app.test");
                RawPeer client = gateway.client()) {
            assertThat(client.send(GET).ended()).isTrue();

            assertThat(failures(gateway, "not_tls")).isEqualTo(1);
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.connections.open")).isZero());
            assertThat(gateway.gauge("sessiongate.tls.handshakes.now")).isZero();
            assertThat(gateway.flow.targets).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"''", "'160301'", "'16030100800100007c0303'"})
    void cutsAHandshakeThatTakesTooLong(String begun) {
        TlsConfig config = tls(TlsConfig.Provider.AUTO, ClientCertificates.NONE, "app.test");
        TlsConfig impatient = new TlsConfig(
                config.certificates(),
                config.protocols(),
                config.clientCertificates(),
                Duration.ofMillis(200),
                100,
                Duration.ofHours(1),
                100,
                TlsConfig.Provider.AUTO);
        try (RawUpstream app = app();
                GatewayFixture gateway = gateway().tls(impatient).before(app);
                RawPeer client = gateway.client()) {
            assertThat(client.send(java.util.HexFormat.of().parseHex(begun)).ended())
                    .isTrue();

            assertThat(failures(gateway, "timeout")).isEqualTo(1);
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.connections.open")).isZero());
        }
    }

    @Test
    void closesConnectionsBeyondTheHandshakesThatMayBeUnderWay() {
        TlsConfig config = tls(TlsConfig.Provider.AUTO, ClientCertificates.NONE, "app.test");
        TlsConfig one = new TlsConfig(
                config.certificates(),
                config.protocols(),
                config.clientCertificates(),
                Duration.ofSeconds(30),
                1,
                Duration.ofHours(1),
                100,
                TlsConfig.Provider.AUTO);
        try (RawUpstream app = app();
                GatewayFixture gateway = gateway().tls(one).before(app);
                RawPeer lazy = gateway.client()) {
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.tls.handshakes.now")).isEqualTo(1));

            try (RawPeer second = gateway.client()) {
                assertThat(second.ended()).isTrue();
            }

            assertThat(failures(gateway, "too_many")).isEqualTo(1);
            lazy.hangUp();
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.tls.handshakes.now")).isZero());
            assertThat(failures(gateway, "client_gone")).isEqualTo(1);
            try (RawPeer third = client(gateway)) {
                assertThat(third.send(GET).message().body()).isEqualTo("hello");
            }
        }
    }

    @Test
    void endsHandshakesWhenItStops() {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, TlsConfig.Provider.AUTO, "app.test");
                RawPeer lazy = gateway.client();
                RawPeer idle = client(gateway)) {
            assertThat(idle.send(GET).message().body()).isEqualTo("hello");
            await().untilAsserted(() ->
                    assertThat(gateway.gauge("sessiongate.tls.handshakes.now")).isEqualTo(1));

            var drained = gateway.server.drain(Duration.ofSeconds(30)).toCompletableFuture();

            assertThat(drained).succeedsWithin(Duration.ofSeconds(5));
            assertThat(lazy.ended()).isTrue();
            assertThat(idle.ended()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BORINGSSL, TLSv1.2",
        "BORINGSSL, TLSv1.3",
        "JDK, TLSv1.2",
        "JDK, TLSv1.3",
    })
    void asksForCertificatesOfClients(TlsConfig.Provider provider, String protocol) {
        ClientCertificates required = new ClientCertificates(
                ClientCertificates.Mode.REQUIRED, certificates.authority(directory), "X-Client-Cert-Subject");
        X509Bundle alice = certificates.client("CN=Alice Ämter,O=Müller\\, Söhne");
        X509Bundle stranger = new TestCertificates().client("CN=Alice");
        try (RawUpstream app = app();
                GatewayFixture gateway =
                        gateway().tls(tls(provider, required, "app.test")).before(app);
                RawPeer known = client(gateway, certificates.believing(alice), protocol);
                RawPeer nobody = client(gateway, certificates.believing(null), protocol);
                RawPeer unknown = client(gateway, certificates.believing(stranger), protocol)) {
            assertThat(known.send(GET).message().body()).isEqualTo("hello");
            assertThatThrownBy(() -> nobody.send(GET).message()).hasRootCauseInstanceOf(IOException.class);
            assertThatThrownBy(() -> unknown.send(GET).message()).hasRootCauseInstanceOf(IOException.class);

            assertThat(app.heads()).hasSize(1);
            await().untilAsserted(() -> assertThat(failures(gateway, "refused")).isEqualTo(2));
        }
    }

    private RawPeer client(GatewayFixture gateway, SSLContext context, String... protocols) {
        return new RawPeer(TestCertificates.connect(context, gateway.address, "app.test", protocols));
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsConfig.Provider.class,
            names = {"BORINGSSL", "JDK"})
    void letsClientsInWithoutACertificateWhereThatIsOptional(TlsConfig.Provider provider) {
        ClientCertificates optional =
                new ClientCertificates(ClientCertificates.Mode.OPTIONAL, certificates.authority(directory), null);
        X509Bundle stranger = new TestCertificates().client("CN=Alice");
        try (RawUpstream app = app();
                GatewayFixture gateway =
                        gateway().tls(tls(provider, optional, "app.test")).before(app);
                RawPeer nobody = client(gateway, certificates.believing(null));
                RawPeer unknown = client(gateway, certificates.believing(stranger))) {
            assertThat(nobody.send(GET).message().body()).isEqualTo("hello");
            assertThatThrownBy(() -> unknown.send(GET).message()).hasRootCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void tellsWhenCertificatesExpire() {
        try (RawUpstream app = app();
                GatewayFixture gateway = secured(app, TlsConfig.Provider.AUTO, "app.test")) {
            double shown = gateway.registry
                    .get("sessiongate.tls.certificate.expiry")
                    .tag("certificate", directory.resolve("app.test.pem").toString())
                    .gauge()
                    .value();

            assertThat(Duration.ofSeconds((long) shown - System.currentTimeMillis() / 1000))
                    .isBetween(Duration.ofHours(47), Duration.ofHours(49));
            assertThat(Objects.requireNonNull(
                            gateway.registry.find("sessiongate.tls.reloads").counters()))
                    .hasSize(2);
        }
    }
}
