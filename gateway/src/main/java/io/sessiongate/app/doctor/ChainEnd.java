package io.sessiongate.app.doctor;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Who issued a certificate. Stateless. */
final class ChainEnd {

    /** Where a certificate says that its issuer's may be fetched (RFC 5280 section 4.2.2.1); public authorities always do. */
    private static final String AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";

    private ChainEnd() {}

    /** Whether one is signed with the key of the other. */
    static boolean issued(X509Certificate issuer, X509Certificate certificate) {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether an authority for everybody issued it, by a certificate in between that Java does not know. */
    static boolean isPublicAndUnknown(X509Certificate certificate) {
        return certificate.getExtensionValue(AUTHORITY_INFO_ACCESS) != null
                && Arrays.stream(roots())
                        .noneMatch(root -> root.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()));
    }

    private static X509Certificate[] roots() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return Arrays.stream(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
                    .toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException e) {
            return new X509Certificate[0];
        }
    }
}
