package io.sessiongate.token;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** Reads a public key from PEM text (RFC 7468): a block {@code PUBLIC KEY} or {@code CERTIFICATE}. */
final class PublicKeyPem {

    private PublicKeyPem() {}

    /**
     * Reads the first block. A certificate lends its key only: its dates and issuer are not looked at, as the file itself
     * is what is trusted.
     *
     * @throws IllegalArgumentException with a sentence for the user, without anything of the text
     */
    static PublicKey read(String pem, KeyFamily family) {
        if (pem.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException(
                    "this is a private key; verification needs the public one (`openssl pkey -in key.pem -pubout`)");
        }
        try {
            if (pem.contains(begin("PUBLIC KEY"))) {
                return factory(family).generatePublic(new X509EncodedKeySpec(der(pem, "PUBLIC KEY")));
            }
            if (pem.contains(begin("CERTIFICATE"))) {
                return CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(der(pem, "CERTIFICATE")))
                        .getPublicKey();
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("the PEM block holds no public key of type " + family, e);
        }
        throw new IllegalArgumentException("expected a PEM block PUBLIC KEY or CERTIFICATE"
                + " (`openssl rsa -RSAPublicKey_in -in key.pem -pubout` turns RSA PUBLIC KEY into it)");
    }

    private static KeyFactory factory(KeyFamily family) throws GeneralSecurityException {
        return switch (family) {
            case RSA -> KeyFactory.getInstance("RSA");
            case EC -> KeyFactory.getInstance("EC");
            case ED25519 -> KeyFactory.getInstance("Ed25519");
            case HMAC -> throw new InvalidKeySpecException("an HMAC algorithm takes a secret");
        };
    }

    private static byte[] der(String pem, String label) {
        int from = pem.indexOf(begin(label)) + begin(label).length();
        int to = pem.indexOf("-----END " + label + "-----", from);
        if (to < 0) {
            throw new IllegalArgumentException("the block does not end");
        }
        return Base64.getMimeDecoder().decode(pem.substring(from, to));
    }

    private static String begin(String label) {
        return "-----BEGIN " + label + "-----";
    }
}
