package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.TlsConfig.ClientCertificates;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners with TLS and what may stand beside it: read with the files that they name. */
class ListenerErrorsTest {

    private static final String PAIR = "certificates: [ { certificate: app.pem, key: app-key.pem } ]";

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();
    private LoadedFile file;

    @BeforeEach
    void writeCertificates() {
        file = new LoadedFile(directory);
        TestCertificates.write(directory, "app", certificates.server("app.test"));
        TestCertificates.write(directory, "other", certificates.server("other.test"));
        TestCertificates.write(directory, "old", certificates.expired("app.test"));
        certificates.authority(directory);
    }

    private ListenerConfig listener(String more) {
        return file.loaded(LoadedFile.with("listeners: [ { address: 127.0.0.1:8443" + more + " } ]"))
                .listeners()
                .get(0);
    }

    @Test
    void readsTheLeastThatMakesAListenerOfTls() {
        assertThat(listener(", tls: { " + PAIR + " }"))
                .isEqualTo(new ListenerConfig(
                        listener("").address(),
                        new TlsConfig(
                                List.of(new CertificateFiles(
                                        directory.resolve("app.pem"), directory.resolve("app-key.pem"))),
                                List.of("TLSv1.3", "TLSv1.2"),
                                ClientCertificates.NONE,
                                Duration.ofSeconds(10),
                                2000,
                                Duration.ofHours(1),
                                20_000,
                                TlsConfig.Provider.AUTO)));
    }

    @Test
    void readsAllThatMayBeSaid() {
        TlsConfig tls = Objects.requireNonNull(listener(
                        ", tls: { " + PAIR
                                + ", protocols: [ TLSv1.3 ], client-certificates: { mode: required, ca: ca.pem, header: X-Client }"
                                + ", handshake-timeout: 5s, max-handshakes: 7, session-timeout: 2m, session-cache: 9, provider: jdk }")
                .tls());

        assertThat(tls.protocols()).containsExactly("TLSv1.3");
        assertThat(tls.clientCertificates())
                .isEqualTo(new ClientCertificates(
                        ClientCertificates.Mode.REQUIRED, directory.resolve("ca.pem"), "X-Client"));
        assertThat(tls.handshakeTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(tls.maxHandshakes()).isEqualTo(7);
        assertThat(tls.sessionTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(tls.sessionCache()).isEqualTo(9);
        assertThat(tls.provider()).isEqualTo(TlsConfig.Provider.JDK);
    }

    @Test
    void readsWhetherProxiesSayWhoConnects() {
        assertThat(listener("").proxyProtocol()).isFalse();
        assertThat(file.loaded(LoadedFile.with("listeners: [ { address: 127.0.0.1:8443, proxy-protocol: true } ]")
                                + "\ntrusted-proxies: [ 10.0.0.0/8 ]\n")
                        .listeners()
                        .get(0)
                        .proxyProtocol())
                .isTrue();
    }

    @Test
    void readsWhereGatewaysMeet() {
        assertThat(file.loaded(LoadedFile.with("hand-over: { socket: gate.sock }"))
                        .handOver())
                .isEqualTo(directory.resolve("gate.sock"));
        assertThat(file.loaded(LoadedFile.with("drain: 1s")).handOver()).isNull();
        assertThat(file.errors(LoadedFile.with("hand-over: { socket: /" + "a".repeat(100) + " }")))
                .singleElement()
                .asString()
                .contains("hand-over.socket")
                .contains("at most 96 bytes");
    }

    @Test
    void readsHstsAndRedirects() {
        assertThat(Objects.requireNonNull(
                                listener(", tls: { " + PAIR + " }, hsts: {}").hsts())
                        .value())
                .isEqualTo("max-age=31536000");
        assertThat(Objects.requireNonNull(listener(", tls: { " + PAIR
                                        + " }, hsts: { max-age: 400d, include-subdomains: true, preload: true }")
                                .hsts())
                        .value())
                .isEqualTo("max-age=34560000; includeSubDomains; preload");
        assertThat(listener(", redirect-to-https: true").httpsPort()).isEqualTo(443);
        assertThat(listener(", redirect-to-https: true, https-port: 8443").httpsPort())
                .isEqualTo(8443);
        assertThat(listener("").httpsPort()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            tls: {} | tls.certificates: missing
            tls: { certificates: [ { certificate: none.pem, key: app-key.pem } ] } | certificates[0].certificate: `none.pem`: none.pem cannot be read: there is no such file
            tls: { certificates: [ { certificate: app-key.pem, key: app-key.pem } ] } | certificates[0].certificate: `app-key.pem`: app-key.pem: this is a private key; expected a PEM certificate
            tls: { certificates: [ { certificate: app.pem, key: app.pem } ] } | certificates[0].key: `app.pem`: app.pem: this is a certificate; expected its PEM private key (PKCS #8)
            tls: { certificates: [ { certificate: app.pem, key: other-key.pem } ] } | certificates[0].key: `other-key.pem`: other-key.pem: not the key of the certificate in app.pem; expected the one
            tls: { %s, client-certificates: { mode: required } } | tls.client-certificates.ca: missing; expected the name of a PEM file
            tls: { %s, client-certificates: { ca: ca.pem } } | tls.client-certificates.ca: no certificates are asked for; expected mode: optional or required as well
            tls: { %s, client-certificates: { mode: optional, ca: app-key.pem } } | tls.client-certificates.ca: `app-key.pem`: app-key.pem: the
            tls: { %s, client-certificates: { mode: optional, ca: ca.pem, header: Cookie } } | tls.client-certificates.header: `Cookie`: this header has a meaning of its own in HTTP
            tls: { %s, protocols: [ TLSv1.1 ] } | tls.protocols[0]: `TLSv1.1` does not fit here; expected TLSv1.2 or TLSv1.3
            tls: { %s }, redirect-to-https: true | redirect-to-https: this listener speaks https itself; expected it on a plain one
            hsts: {} | hsts: browsers believe it over https only; expected it on a listener with tls
            tls: { %s }, hsts: { preload: true } | hsts.preload: needs include-subdomains: true and a max-age of 365d or more
            proxy-protocol: true | proxy-protocol: nobody could connect; expected trusted-proxies
            redirect-to-https: true, https-port: 70000 | https-port: `70000` does not fit here; expected a whole number from 1 to 65535
            """)
    void saysWhatIsWrong(String listener, String problem) {
        assertThat(file.errorsOf("listeners: [ { address: 127.0.0.1:8443, " + listener.replace("%s", PAIR) + " } ]"))
                .singleElement()
                .asString()
                .startsWith("sessiongate.yaml:1:")
                .contains(problem);
    }

    @Test
    void refusesAHeaderThatARealmWritesAsWell() {
        String yaml = LoadedFile.REALM
                + LoadedFile.GUARDED.replace(
                        "8080 }",
                        "8443, tls: { " + PAIR
                                + ", client-certificates: { mode: optional, ca: ca.pem, header: x_auth_subject } } }");

        assertThat(file.errors(yaml))
                .singleElement()
                .asString()
                .contains("client-certificates.header: a realm's identity is written there; expected another name");
    }

    @Test
    void warnsOfACertificateThatHasExpired() {
        assertThat(file.warnings(LoadedFile.with("listeners: [ { address: 127.0.0.1:8443, tls: { certificates:"
                        + " [ { certificate: old.pem, key: old-key.pem } ] } } ]")))
                .singleElement()
                .asString()
                .contains("has expired at", "clients will refuse it");
    }

    @Test
    void warnsOfAPortThatNobodyIsSentTo() {
        assertThat(file.warnings(LoadedFile.with("listeners: [ { address: 127.0.0.1:80, https-port: 8443 } ]")))
                .singleElement()
                .asString()
                .contains("https-port: has no effect without redirect-to-https: true");
    }

    @Test
    void saysHowAKeyIsConvertedThatIsNotPkcs8() throws IOException {
        X509Bundle certificate = certificates.server("app.test");
        TestCertificates.write(directory, "app", certificate);
        Files.writeString(
                directory.resolve("app-key.pem"),
                certificate.getPrivateKeyPEM().replace("PRIVATE KEY", "EC PRIVATE KEY"));

        assertThat(file.errorsOf("listeners: [ { address: 127.0.0.1:8443, tls: { " + PAIR + " } } ]"))
                .singleElement()
                .asString()
                .contains("app-key.pem: not PKCS #8; convert it (openssl pkcs8 -topk8 -nocrypt -in key.pem)");
    }

    @Test
    void readsHowHttpsServersAreSpokenTo() {
        UpstreamConfig upstream = Objects.requireNonNull(file.loaded(
                        LoadedFile.with(
                                "upstreams: { dashboard: { servers: [ https://APP.internal ], tls: { ca: ca.pem, server-name:"
                                        + " Other.internal, client-certificate: { certificate: app.pem, key: app-key.pem } } } }"))
                .upstreams()
                .get("dashboard"));

        assertThat(upstream.servers().get(0).name()).isEqualTo("app.internal:443");
        assertThat(upstream.servers().get(0).secure()).isTrue();
        assertThat(upstream.tls())
                .isEqualTo(new UpstreamTls(
                        directory.resolve("ca.pem"),
                        "other.internal",
                        new CertificateFiles(directory.resolve("app.pem"), directory.resolve("app-key.pem"))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ca: none.pem | tls.ca: `none.pem`: none.pem cannot be read: there is no such file
            server-name: "a b" | tls.server-name: `a b`: not a host name; expected one such as app.internal
            client-certificate: { certificate: app.pem } | tls.client-certificate.key: missing
            client-certificate: { certificate: app.pem, key: other-key.pem } | tls.client-certificate.key: `other-key.pem`: other-key.pem: not the key
            verify: false | tls.verify: unknown key
            """)
    void saysWhatIsWrongWithAnUpstream(String tls, String problem) {
        assertThat(file.errorsOf("upstreams: { dashboard: { servers: [ https://a ], tls: { " + tls + " } } }"))
                .singleElement()
                .asString()
                .contains(problem);
    }

    @Test
    void warnsOfTlsThatNoServerSpeaks() {
        assertThat(file.warnings(LoadedFile.with(
                        "upstreams: { dashboard: { servers: [ http://a ], tls: { server-name: b } } }")))
                .singleElement()
                .asString()
                .contains("upstreams.dashboard.tls: has no effect, as none of the servers is an https:// one");
    }
}
