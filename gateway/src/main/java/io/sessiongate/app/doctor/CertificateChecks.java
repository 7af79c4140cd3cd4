package io.sessiongate.app.doctor;

import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.CertificateKey;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.TlsConfig;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** What clients will think of the certificates of one listener, and it of theirs. Reads their files anew. */
final class CertificateChecks {

    private static final String WITH_CHAIN =
            "the file with the whole chain: the certificate first, each followed by the one that issued it (certbot: fullchain.pem)";

    private final GatewayConfig config;
    private final ListenerConfig listener;
    private final CertificateDates dates;

    CertificateChecks(GatewayConfig config, ListenerConfig listener, Instant now) {
        this.config = config;
        this.listener = listener;
        this.dates = new CertificateDates(now);
    }

    void run(Findings findings, String about) throws InterruptedException {
        Map<CertificateFiles, CertificateKey> read = new LinkedHashMap<>();
        TlsConfig tls = Objects.requireNonNull(listener.tls());
        for (CertificateFiles files : tls.certificates()) {
            String name = files.certificate().getFileName().toString();
            findings.check(about, name, () -> read(files, read));
            CertificateKey pair = read.get(files);
            if (pair != null) {
                findings.check(about, name + " dates", () -> dates.ofChain(pair.chain(), "clients"));
                findings.check(about, name + " chain", () -> chain(pair.chain()));
            }
        }
        Path authorities = tls.clientCertificates().ca();
        if (authorities != null) {
            findings.check(about, authorities.getFileName() + " dates", () -> dates.ofAuthorities(authorities));
        }
        if (!read.isEmpty()) {
            List<CertificateKey> pairs = List.copyOf(read.values());
            findings.check(about, "names", () -> names(pairs));
        }
    }

    private static Seen read(CertificateFiles files, Map<CertificateFiles, CertificateKey> read) {
        try {
            CertificateKey pair = files.read();
            read.put(files, pair);
            return Seen.ok(pair.names().isEmpty() ? "its key fits" : "its key fits; for " + some(pair.names()));
        } catch (IllegalArgumentException e) {
            return Seen.fail(String.valueOf(e.getMessage()), "the files under tls.certificates of the listener");
        }
    }

    /** RFC 8446 section 4.4.2: each certificate should directly certify the one before it; the root may be left out. */
    private static Seen chain(List<X509Certificate> chain) {
        for (int i = 0; i + 1 < chain.size(); i++) {
            if (!ChainEnd.issued(chain.get(i + 1), chain.get(i))) {
                return Seen.warn(
                        name(chain.get(i)) + " is followed by " + name(chain.get(i + 1))
                                + ", which did not issue it: some clients will not find the way to a root",
                        WITH_CHAIN);
            }
        }
        X509Certificate last = chain.get(chain.size() - 1);
        if (chain.size() == 1 && ChainEnd.issued(last, last)) {
            return Seen.warn(
                    "it vouches for itself: only clients that were given it believe it",
                    "a certificate by an authority, unless all clients are your own");
        }
        if (chain.size() == 1 && ChainEnd.isPublicAndUnknown(last)) {
            return Seen.warn(
                    "it comes alone, and " + last.getIssuerX500Principal().getName()
                            + " is no root that Java knows: many clients refuse it",
                    WITH_CHAIN);
        }
        return ChainEnd.issued(last, last)
                ? Seen.ok(chain.size() + " certificates in order; the root among them need not be sent")
                : Seen.ok(chain.size() + (chain.size() == 1 ? " certificate" : " certificates in order"));
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    /** The hosts of the rules, as clients ask for them by SNI, beside the names of the certificates. */
    private Seen names(List<CertificateKey> pairs) {
        List<String> names =
                pairs.stream().flatMap(pair -> pair.names().stream()).toList();
        if (names.isEmpty()) {
            return Seen.warn(
                    "made out to no name: browsers refuse it under any",
                    "a certificate with a subjectAltName for each name that clients use");
        }
        List<String> missing = new ArrayList<>();
        for (String host : new TreeSet<>(hosts())) {
            if (names.stream().noneMatch(name -> covers(name, host))) {
                missing.add(host);
            }
        }
        if (missing.isEmpty()) {
            return Seen.ok(
                    hosts().isEmpty() ? "the routes name no host" : "every host of the routes has a certificate");
        }
        CertificateKey first = pairs.get(0);
        return Seen.warn(
                "no certificate for " + some(missing) + ": who asks for it gets the first one"
                        + (first.names().isEmpty() ? "" : ", for " + some(first.names())) + ", and refuses it",
                "a certificate with that name under tls.certificates of the listener, or another host in the routes");
    }

    private List<String> hosts() {
        return config.routes().stream()
                .map(RouteConfig::host)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** RFC 6125 section 6.4.3: an asterisk is one label. A route's may be more, of which the certificate covers some. */
    private static boolean covers(String name, String host) {
        if (name.equals(host)) {
            return true;
        }
        int dot = host.indexOf('.');
        return name.startsWith("*.") && dot > 0 && name.substring(1).equals(host.substring(dot));
    }

    private static String some(List<String> names) {
        int most = 5;
        String first = String.join(", ", names.stream().limit(most).toList());
        return names.size() > most ? first + " and " + (names.size() - most) + " more" : first;
    }
}
