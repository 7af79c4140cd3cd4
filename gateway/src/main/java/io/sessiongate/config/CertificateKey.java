package io.sessiongate.config;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A certificate, those that it was issued by, and its key. The key fits; the dates are not looked at, as an expired certificate
 * is still better than none.
 *
 * @param chain the certificate first
 */
public record CertificateKey(List<X509Certificate> chain, PrivateKey key) {

    private static final int LEAST_RSA_BITS = 2048;

    /** Of a subjectAltName (RFC 5280 section 4.2.1.6). */
    private static final Integer DNS_NAME = 2;

    public CertificateKey {
        chain = List.copyOf(chain);
    }

    /** Both together; throws {@link IllegalArgumentException} where the key is another one's. */
    static CertificateKey of(List<X509Certificate> chain, PrivateKey key, CertificateFiles files) {
        if (!fits(chain.get(0).getPublicKey(), key)) {
            throw new IllegalArgumentException(
                    files.key() + ": not the key of the certificate in " + files.certificate()
                            + "; expected the one that was made with it, and the server's certificate before all others");
        }
        return new CertificateKey(chain, key);
    }

    /** The certificates of the text; throws {@link IllegalArgumentException} where the first is of no use for TLS. */
    static List<X509Certificate> chain(String pem) {
        if (pem.contains("PRIVATE KEY-----") && !pem.contains("-----BEGIN CERTIFICATE-----")) {
            throw new IllegalArgumentException("this is a private key; expected a PEM certificate");
        }
        List<X509Certificate> chain = PemKeys.certificates(pem);
        PublicKey key = chain.get(0).getPublicKey();
        if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
            throw new IllegalArgumentException(
                    "an RSA key of " + rsa.getModulus().bitLength() + " bits; expected at least " + LEAST_RSA_BITS);
        }
        if (!key.getAlgorithm().equals("RSA") && !key.getAlgorithm().equals("EC")) {
            throw new IllegalArgumentException(
                    "a certificate for " + key.getAlgorithm() + ", which browsers do not take; expected RSA or EC");
        }
        return chain;
    }

    static PrivateKey privateKey(String pem) {
        if (pem.contains("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException("this is a certificate; expected its PEM private key (PKCS #8)");
        }
        return PemKeys.privateKey(pem);
    }

    /** Whether what one signs the other verifies. */
    static boolean fits(PublicKey publicKey, PrivateKey key) {
        if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature =
                    Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
            signature.initSign(key);
            signature.update((byte) 1);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Until when it is valid. */
    public Instant end() {
        return chain.get(0).getNotAfter().toInstant();
    }

    /** The names it is made out to, in lower case, wildcards as {@code *.example.com}. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = chain.get(0).getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                if (name.get(0).equals(DNS_NAME)) {
                    names.add(name.get(1).toString().toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException e) {
            return List.of(); // names that cannot be read are asked for by nobody
        }
        return List.copyOf(names);
    }

    /** Tells nothing of the key. */
    @Override
    public String toString() {
        return "CertificateKey[" + names() + "]";
    }
}
