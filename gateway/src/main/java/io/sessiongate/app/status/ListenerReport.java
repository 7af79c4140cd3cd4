package io.sessiongate.app.status;

import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.HstsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.TlsConfig;
import org.jspecify.annotations.Nullable;

/** What is shown of a listener. Of its keys there is not even the file. Stateless. */
final class ListenerReport {

    private ListenerReport() {}

    /** @param index its place in the list, from 0 as in messages about the file */
    static Shown of(int index, ListenerConfig listener) {
        Shown shown = new Shown("listeners[" + index + "]")
                .name("address", Shown.text(listener.address()))
                .flag("proxy-protocol", listener.proxyProtocol())
                .flag("redirect-to-https", listener.httpsPort() != 0);
        if (listener.httpsPort() != 0) {
            shown.number("https-port", listener.httpsPort());
        }
        @Nullable TlsConfig tls = listener.tls();
        if (tls == null) {
            return shown.name("tls", null);
        }
        tls(shown, tls);
        @Nullable HstsConfig hsts = listener.hsts();
        return hsts == null
                ? shown.name("hsts", null)
                : shown.duration("hsts.max-age", hsts.maxAge())
                        .flag("hsts.include-subdomains", hsts.includeSubdomains())
                        .flag("hsts.preload", hsts.preload());
    }

    private static void tls(Shown shown, TlsConfig tls) {
        int i = 0;
        for (CertificateFiles files : tls.certificates()) {
            String key = "tls.certificates[" + i++ + "].";
            shown.path(key + "certificate", files.certificate()).secret(key + "key", true);
        }
        shown.names("tls.protocols", tls.protocols())
                .word("tls.client-certificates.mode", tls.clientCertificates().mode())
                .path("tls.client-certificates.ca", tls.clientCertificates().ca())
                .name("tls.client-certificates.header", tls.clientCertificates().header())
                .duration("tls.handshake-timeout", tls.handshakeTimeout())
                .number("tls.max-handshakes", tls.maxHandshakes())
                .duration("tls.session-timeout", tls.sessionTimeout())
                .number("tls.session-cache", tls.sessionCache())
                .word("tls.provider", tls.provider());
    }
}
