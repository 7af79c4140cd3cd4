package io.sessiongate.config;

import io.sessiongate.config.TlsConfig.ClientCertificates;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads an entry of {@code listeners}, and the files that it names. */
final class ListenerSection {

    /** Asked for by those who have it built into browsers. */
    private static final Duration PRELOAD_AGE = Duration.ofDays(365);

    private ListenerSection() {}

    static ListenerConfig read(Section entry, InetSocketAddress address) {
        @Nullable TlsConfig tls = entry.has("tls") ? tls(entry.section("tls")) : null;
        boolean redirects = entry.flag("redirect-to-https");
        if (redirects && entry.has("tls")) {
            entry.error("redirect-to-https", "this listener speaks https itself; expected it on a plain one");
        }
        if (!redirects && entry.has("https-port")) {
            entry.warn("https-port", "has no effect without redirect-to-https: true");
        }
        return new ListenerConfig(
                address,
                tls,
                redirects ? entry.number("https-port") : 0,
                entry.has("hsts") ? hsts(entry, entry.section("hsts")) : null,
                entry.flag("proxy-protocol"));
    }

    private static HstsConfig hsts(Section entry, Section hsts) {
        if (!entry.has("tls")) {
            entry.error("hsts", "browsers believe it over https only; expected it on a listener with tls");
        }
        var config = new HstsConfig(hsts.duration("max-age"), hsts.flag("include-subdomains"), hsts.flag("preload"));
        if (config.preload() && (!config.includeSubdomains() || config.maxAge().compareTo(PRELOAD_AGE) < 0)) {
            hsts.error("preload", "needs include-subdomains: true and a max-age of 365d or more");
        }
        return config;
    }

    private static TlsConfig tls(Section tls) {
        var certificates = new ArrayList<CertificateFiles>();
        for (Section pair : tls.sections("certificates")) {
            @Nullable CertificateFiles files = certificate(pair);
            if (files != null) {
                certificates.add(files);
            }
        }
        List<String> protocols = tls.texts("protocols");
        return new TlsConfig(
                certificates,
                protocols.isEmpty() ? TlsConfig.PROTOCOLS : protocols,
                clientCertificates(tls.section("client-certificates")),
                tls.duration("handshake-timeout"),
                tls.number("max-handshakes"),
                tls.duration("session-timeout"),
                tls.number("session-cache"),
                TlsConfig.Provider.valueOf(upper(tls, "provider", "auto")));
    }

    private static String upper(Section section, String key, String otherwise) {
        String text = section.text(key);
        return (text.isEmpty() ? otherwise : text).toUpperCase(Locale.ROOT);
    }

    /** Reads the files as well; null where something was reported. */
    static @Nullable CertificateFiles certificate(Section pair) {
        @Nullable Path certificate = pair.parsed("certificate", name -> PemFile.path(pair, name));
        @Nullable List<X509Certificate> chain =
                pair.parsed("certificate", name -> PemFile.read(PemFile.path(pair, name), CertificateKey::chain));
        @Nullable Path key = pair.parsed("key", name -> PemFile.path(pair, name));
        @Nullable PrivateKey secret =
                pair.parsed("key", name -> PemFile.read(PemFile.path(pair, name), CertificateKey::privateKey));
        if (certificate == null || chain == null || key == null || secret == null) {
            return null;
        }
        if (chain.get(0).getNotAfter().toInstant().isBefore(Instant.now())) {
            pair.warn(
                    "certificate",
                    certificate + " has expired at "
                            + chain.get(0).getNotAfter().toInstant() + "; clients will refuse it");
        }
        CertificateFiles files = new CertificateFiles(certificate, key);
        return pair.parsed("key", name -> {
            CertificateKey.of(chain, secret, files);
            return files;
        });
    }

    private static ClientCertificates clientCertificates(Section clients) {
        var mode = ClientCertificates.Mode.valueOf(upper(clients, "mode", "none"));
        @Nullable Path ca = authorities(clients);
        @Nullable String header = clients.parsed("header", FieldNames::writable);
        if (mode == ClientCertificates.Mode.NONE) {
            for (String key : new String[] {"ca", "header"}) {
                if (clients.has(key)) {
                    clients.error(key, "no certificates are asked for; expected mode: optional or required as well");
                }
            }
        } else if (!clients.has("ca")) {
            clients.missing("ca");
        }
        return new ClientCertificates(mode, ca, header);
    }

    /** The file under {@code ca}, read once to see that it can be; null where there is none. */
    static @Nullable Path authorities(Section section) {
        return section.parsed("ca", name -> {
            Path file = PemFile.path(section, name);
            PemFile.certificates(file);
            return file;
        });
    }
}
