package io.sessiongate.config;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys from PEM text (RFC 7468): RSA, EC and Ed25519. Throws {@link IllegalArgumentException} with a sentence that
 * says what would be right and holds nothing of the key.
 */
public final class PemKeys {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END ([A-Z0-9 ]{1,40})-----");
    private static final String[] FAMILIES = {"RSA", "EC", "Ed25519"};

    private PemKeys() {}

    /** Whether the text is PEM itself rather than the name of a file. */
    static boolean isPem(String text) {
        return text.contains("-----BEGIN ");
    }

    /**
     * The first public key or certificate of the text. A certificate lends its key only: its dates and issuer are not
     * looked at, as the file itself is what is trusted.
     */
    public static PublicKey publicKey(String pem) {
        if (pem.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException("this is a private key, which does not belong here; give the public key"
                    + " (openssl pkey -in private.pem -pubout)");
        }
        Matcher block = block(pem);
        byte[] der = der(block);
        return switch (block.group(1)) {
            case "PUBLIC KEY" ->
                key("public key", family -> KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(der)));
            case "CERTIFICATE" -> x509(der).getPublicKey();
            case "RSA PUBLIC KEY" ->
                throw new IllegalArgumentException(
                        "a PKCS #1 key; convert it (openssl rsa -RSAPublicKey_in -in key.pem -pubout)");
            default ->
                throw new IllegalArgumentException(
                        "neither PUBLIC KEY nor CERTIFICATE; expected a PEM public key or certificate");
        };
    }

    /** The certificates of the text, one at least. */
    public static List<X509Certificate> certificates(String pem) {
        var certificates = new ArrayList<X509Certificate>();
        try {
            for (Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(utf8(pem)))) {
                certificates.add((X509Certificate) each);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificates cannot be read");
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("there is no certificate in it");
        }
        return certificates;
    }

    /** Until when the certificate is valid that {@link #publicKey} would take the key of; null where it is no certificate. */
    public static @Nullable Instant certificateEnd(String pem) {
        Matcher block = block(pem);
        return block.group(1).equals("CERTIFICATE")
                ? x509(der(block)).getNotAfter().toInstant()
                : null;
    }

    /** The one PKCS #8 private key of the text. */
    public static PrivateKey privateKey(String pem) {
        Matcher block = block(pem);
        byte[] der = der(block);
        return switch (block.group(1)) {
            case "PRIVATE KEY" ->
                key(
                        "private key",
                        family -> KeyFactory.getInstance(family).generatePrivate(new PKCS8EncodedKeySpec(der)));
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IllegalArgumentException(
                        "the key is encrypted, which is not supported; decrypt it (openssl pkcs8 -in key.pem)");
            case "EC PRIVATE KEY", "EC PARAMETERS", "RSA PRIVATE KEY" ->
                throw new IllegalArgumentException(
                        "not PKCS #8; convert it (openssl pkcs8 -topk8 -nocrypt -in key.pem)");
            default -> throw new IllegalArgumentException("not a private key; expected a PKCS #8 PEM private key");
        };
    }

    private static Matcher block(String pem) {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find() || !block.group(1).equals(block.group(3))) {
            throw new IllegalArgumentException("no complete PEM block; expected -----BEGIN … to -----END …");
        }
        return block;
    }

    private static byte[] der(Matcher block) {
        try {
            return Base64.getDecoder().decode(block.group(2).replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            // Here and below without the cause: its message may quote the key.
            throw new IllegalArgumentException("the PEM block is not Base64");
        }
    }

    private static X509Certificate x509(byte[] der) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate cannot be read", e);
        }
    }

    private static <K extends Key> K key(String what, Reader<K> reader) {
        for (String family : FAMILIES) {
            try {
                return reader.read(family);
            } catch (GeneralSecurityException ofAnotherFamily) {
                // Of another family, or of none.
            }
        }
        throw new IllegalArgumentException(
                "the " + what + " cannot be read; expected RSA, EC (P-256, P-384, P-521) or Ed25519");
    }

    private interface Reader<K> {
        K read(String family) throws GeneralSecurityException;
    }

    /** The bytes of a secret given as text. */
    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
