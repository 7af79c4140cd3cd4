package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of the certificates that listeners show. */
class CertificateChecksTest {

    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private final TestCertificates certificates = new TestCertificates();
    private final Instant now = Instant.now();

    /** One that vouches for itself, or an authority. */
    private CertificateBuilder builder(String subject, Duration left) {
        return new CertificateBuilder()
                .ecp256()
                .subject("CN=" + subject)
                .notBefore(now.minus(Duration.ofDays(300)))
                .notAfter(now.plus(left));
    }

    private X509Bundle middle(Duration left) throws Exception {
        X509Bundle root = builder("root", DAY.multipliedBy(900))
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        return builder("middle", left).setIsCertificateAuthority(true).buildIssuedBy(root);
    }

    private X509Bundle issued(Duration left, String... names) throws Exception {
        CertificateBuilder leaf = builder(names[0], left);
        for (String name : names) {
            leaf.addSanDnsName(name);
        }
        return leaf.buildIssuedBy(middle(DAY.multipliedBy(900)));
    }

    private CertificateFiles write(String name, X509Bundle certificate) {
        return TestCertificates.write(directory, name, certificate);
    }

    /** Findings about a listener with these certificates and a rule for each host. */
    private List<Finding> findings(List<CertificateFiles> files, String... hosts) throws Exception {
        GatewayConfig config = config(files, hosts);
        List<Finding> findings = new ArrayList<>();
        new CertificateChecks(config, config.listeners().get(0), now).run(new Findings(findings::add), "listener");
        return findings;
    }

    /** Findings about what is shown to an upstream, and what its servers are verified by. */
    private List<Finding> findingsOfUpstream(CertificateFiles shown, Path authorities) throws Exception {
        GatewayConfig config = config("""
                listeners: [ { address: "127.0.0.1:0" } ]
                upstreams:
                  app:
                    servers: [ "https://127.0.0.1:1" ]
                    tls: { ca: %s, client-certificate: { certificate: %s, key: %s } }
                routes: [ { path: /**, access: public, upstream: app } ]
                """.formatted(authorities, shown.certificate(), shown.key()));
        List<Finding> findings = new ArrayList<>();
        Doctor.examine(config, List.of(), new Doctor.Options(1, Duration.ZERO, Duration.ofSeconds(5)), findings::add);
        return findings;
    }

    private Path authority(String name, Duration left) throws Exception {
        X509Bundle authority =
                builder(name, left).setIsCertificateAuthority(true).buildSelfSigned();
        return Files.writeString(directory.resolve(name + ".pem"), authority.getCertificatePEM());
    }

    private GatewayConfig config(List<CertificateFiles> files, String... hosts) throws IOException {
        return config(text(files, "", hosts));
    }

    private static String text(List<CertificateFiles> files, String more, String... hosts) {
        StringBuilder text = new StringBuilder("listeners:\n  - address: 127.0.0.1:0\n    tls:\n      certificates:\n");
        files.forEach(each -> text.append("        - { certificate: %s, key: %s }%n"
                .formatted(each.certificate().getFileName(), each.key().getFileName())));
        text.append(more);
        text.append("upstreams: { app: { servers: [ \"http://127.0.0.1:1\" ] } }\nroutes:\n");
        for (String host : hosts) {
            text.append("  - { host: \"" + host + "\", path: /**, access: public, upstream: app }\n");
        }
        return text.append("  - { path: /**, access: public, upstream: app }\n").toString();
    }

    private GatewayConfig config(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("sessiongate.yaml"), text);
        LoadResult result = ConfigLoader.load(file, name -> null);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    private static Finding of(List<Finding> findings, String check) {
        return findings.stream()
                .filter(each -> each.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    private static void assertSaid(Finding finding, Verdict verdict, String saw, String fix) {
        assertThat(finding.verdict()).as("%s", finding).isEqualTo(verdict);
        assertThat(finding.saw()).contains(saw);
        assertThat(finding.fix()).contains(fix);
    }

    @Test
    void findsNothingWrongWithAGoodOne() throws Exception {
        List<Finding> findings =
                findings(List.of(write("app", issued(DAY.multipliedBy(60), "app.example.com"))), "app.example.com");

        assertThat(findings).extracting(Finding::verdict).containsOnly(Verdict.OK);
        assertThat(of(findings, "app.pem").saw()).isEqualTo("its key fits; for app.example.com");
        assertThat(of(findings, "app.pem dates").saw()).startsWith("valid until ");
        assertThat(of(findings, "app.pem chain").saw()).contains("2 certificates in order");
        assertThat(of(findings, "names").saw()).isEqualTo("every host of the routes has a certificate");
    }

    @Test
    void warnsOfTheEndThirtyDaysBefore() throws Exception {
        Duration edge = Duration.ofDays(30);
        List<Finding> after = findings(List.of(write("app", issued(edge.plusMinutes(1), "a.example"))));
        List<Finding> before = findings(List.of(write("app", issued(edge.minusMinutes(1), "a.example"))));

        assertThat(of(after, "app.pem dates").verdict()).isEqualTo(Verdict.OK);
        assertSaid(of(before, "app.pem dates"), Verdict.WARN, "expires in 29 days", "without a restart");
    }

    @Test
    void findsOneThatHasExpired() throws Exception {
        List<Finding> findings = findings(List.of(write("app", issued(DAY.negated(), "a.example"))));

        assertSaid(of(findings, "app.pem dates"), Verdict.FAIL, "expired 1 day ago", "renew it");
    }

    @Test
    void findsAnIssuerThatHasExpired() throws Exception {
        X509Bundle leaf = builder("a.example", DAY.multipliedBy(90))
                .addSanDnsName("a.example")
                .buildIssuedBy(middle(DAY.negated()));

        assertSaid(
                of(findings(List.of(write("app", leaf))), "app.pem dates"),
                Verdict.FAIL,
                "that of its issuer CN=middle expired",
                "renew it");
    }

    @Test
    void findsOneOfTheFuture() throws Exception {
        X509Bundle early = builder("a.example", DAY.multipliedBy(90))
                .notBefore(now.plus(DAY))
                .addSanDnsName("a.example")
                .buildIssuedBy(middle(DAY.multipliedBy(900)));

        assertSaid(
                of(findings(List.of(write("app", early))), "app.pem dates"),
                Verdict.FAIL,
                "not valid before",
                "the clock of this machine");
    }

    @Test
    void findsAKeyThatWasReplacedAlone() throws Exception {
        CertificateFiles files = write("app", issued(DAY.multipliedBy(60), "a.example"));
        GatewayConfig config = config(List.of(files));
        Files.writeString(files.key(), issued(DAY, "other.example").getPrivateKeyPEM());
        List<Finding> findings = new ArrayList<>();
        new CertificateChecks(config, config.listeners().get(0), now).run(new Findings(findings::add), "listener");

        assertThat(findings).hasSize(1);
        assertSaid(findings.get(0), Verdict.FAIL, "not the key of the certificate", "tls.certificates");
    }

    @Test
    void findsAChainInTheWrongOrder() throws Exception {
        X509Bundle root = builder("root", DAY.multipliedBy(900))
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle middle = builder("middle", DAY.multipliedBy(900))
                .setIsCertificateAuthority(true)
                .buildIssuedBy(root);
        X509Bundle leaf = builder("a.example", DAY.multipliedBy(90))
                .addSanDnsName("a.example")
                .buildIssuedBy(middle);
        CertificateFiles files = write("app", leaf);
        Files.writeString(
                files.certificate(),
                leaf.getCertificatePEM() + "\n" + root.getCertificatePEM() + "\n" + middle.getCertificatePEM());

        assertSaid(
                of(findings(List.of(files)), "app.pem chain"),
                Verdict.WARN,
                "CN=a.example is followed by CN=root, which did not issue it",
                "fullchain.pem");
    }

    @Test
    void warnsOfOneThatVouchesForItself() throws Exception {
        X509Bundle own = builder("a.example", DAY.multipliedBy(90))
                .setIsCertificateAuthority(true)
                .addSanDnsName("a.example")
                .buildSelfSigned();

        assertSaid(
                of(findings(List.of(write("app", own))), "app.pem chain"),
                Verdict.WARN,
                "vouches for itself",
                "a certificate by an authority");
    }

    @Test
    void warnsOfOneThatCameWithoutItsIssuers() throws Exception {
        X509Bundle root = builder("root", DAY.multipliedBy(900))
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        byte[] access = {0x30, 0x00};
        X509Bundle leaf = builder("a.example", DAY.multipliedBy(90))
                .addSanDnsName("a.example")
                .addExtensionOctetString("1.3.6.1.5.5.7.1.1", false, access)
                .buildIssuedBy(root);
        CertificateFiles files = write("app", leaf);
        Files.writeString(files.certificate(), leaf.getCertificatePEM());

        assertSaid(of(findings(List.of(files)), "app.pem chain"), Verdict.WARN, "it comes alone", "fullchain.pem");
    }

    @Test
    void comparesTheNamesWithTheHostsOfTheRoutes() throws Exception {
        List<CertificateFiles> files = List.of(
                write("app", certificates.server("app.example.com")),
                write("wild", certificates.server("*.example.org")));

        assertThat(of(findings(files, "app.example.com", "a.example.org"), "names")
                        .verdict())
                .isEqualTo(Verdict.OK);
        assertThat(of(findings(files, "*.example.org"), "names").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(findings(files), "names").saw()).isEqualTo("the routes name no host");
        assertSaid(
                of(findings(files, "shop.example.com", "a.b.example.org"), "names"),
                Verdict.WARN,
                "no certificate for a.b.example.org, shop.example.com: who asks for it gets the first one, for app.example.com",
                "tls.certificates");
    }

    @Test
    void warnsOfOneThatIsMadeOutToNoName() throws Exception {
        X509Bundle nameless =
                builder("app.example.com", DAY.multipliedBy(90)).buildIssuedBy(middle(DAY.multipliedBy(900)));

        assertSaid(
                of(findings(List.of(write("app", nameless))), "names"),
                Verdict.WARN,
                "made out to no name",
                "subjectAltName");
    }

    @Test
    void looksAtTheAuthoritiesOfClients() throws Exception {
        Path file = authority("clients", DAY.negated());
        GatewayConfig config = config(text(
                List.of(write("app", issued(DAY.multipliedBy(60), "a.example"))),
                "      client-certificates: { mode: required, ca: clients.pem }\n"));
        List<Finding> findings = new ArrayList<>();
        new CertificateChecks(config, config.listeners().get(0), now).run(new Findings(findings::add), "listener");
        assertSaid(
                of(findings, "clients.pem dates"),
                Verdict.FAIL,
                "CN=clients expired 1 day ago",
                "the authority's new certificate");

        // The old one may go on standing beside the new.
        Path next = authority("next", DAY.multipliedBy(900));
        Files.writeString(file, Files.readString(file) + "\n" + Files.readString(next));
        findings.clear();
        new CertificateChecks(config, config.listeners().get(0), now).run(new Findings(findings::add), "listener");
        assertThat(of(findings, "clients.pem dates").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(findings, "clients.pem dates").saw()).contains("CN=next", "some that are not valid now");
    }

    @Test
    void looksAtWhatIsShownToAnUpstreamAndWhatItIsVerifiedBy() throws Exception {
        CertificateFiles good = write("good", issued(DAY.multipliedBy(60), "gateway"));
        CertificateFiles ending = write("ending", issued(DAY.multipliedBy(5), "gateway"));
        CertificateFiles over = write("over", issued(DAY.negated(), "gateway"));

        List<Finding> none = findingsOfUpstream(good, authority("long", DAY.multipliedBy(900)));
        assertThat(of(none, "good.pem dates").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(none, "good.pem dates").about()).isEqualTo("upstream app");
        assertThat(of(none, "long.pem dates").verdict()).isEqualTo(Verdict.OK);

        List<Finding> soon = findingsOfUpstream(ending, authority("short", DAY.multipliedBy(6)));
        assertSaid(of(soon, "ending.pem dates"), Verdict.WARN, "expires in ", "renewal");
        assertSaid(of(soon, "short.pem dates"), Verdict.WARN, "CN=short expires in ", "beside it");

        assertSaid(
                of(findingsOfUpstream(over, authority("long", DAY)), "over.pem dates"),
                Verdict.FAIL,
                "servers refuse it",
                "renew it");
    }
}
