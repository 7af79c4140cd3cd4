package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.util.Set;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A key and the algorithms it may be used with (RFC 8725 section 3.1): what a token says of its algorithm only ever
 * chooses among these.
 */
record VerificationKey(
        Key key,
        KeyFamily family,
        Set<String> algorithms,
        @Nullable String keyId) {

    private static final byte[] PEM = "-----BEGIN ".getBytes(StandardCharsets.US_ASCII);

    /**
     * Builds the key that the configuration describes.
     *
     * @throws IllegalArgumentException naming the key's place in the file and what would be right, without anything of
     *     the key
     */
    static VerificationKey of(KeyConfig config) {
        try {
            return read(config);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(config.location() + ": " + e.getMessage(), e);
        }
    }

    /** Whether a verification takes too long for an event loop: anything but HMAC. */
    boolean slow() {
        return family != KeyFamily.HMAC;
    }

    /** Nothing of the key: this may reach a log. */
    @Override
    public String toString() {
        return "VerificationKey[" + family + "]";
    }

    private static VerificationKey read(KeyConfig config) {
        var families =
                config.algorithms().stream().map(KeyFamily::of).distinct().toList();
        if (families.size() != 1) {
            throw new IllegalArgumentException("a key needs the algorithms of one family, such as RS256 and PS256");
        }
        KeyFamily family = families.get(0);
        Key key = family == KeyFamily.HMAC ? secret(config) : publicKey(config, family);
        config.algorithms().forEach(algorithm -> KeyFamily.requireFit(algorithm, key));
        return new VerificationKey(key, family, config.algorithms(), config.kid());
    }

    private static Key secret(KeyConfig config) {
        if (config.secret() == null) {
            throw new IllegalArgumentException("an HS algorithm takes a secret, never a public key");
        }
        byte[] secret = config.secret().reveal();
        if (startsLikePem(secret)) {
            // The classic way in: everybody knows a public key, so everybody could sign with it as the secret.
            throw new IllegalArgumentException("the secret is the text of a key file; use public-key for it");
        }
        if (secret.length == 0) {
            throw new IllegalArgumentException("the secret is empty");
        }
        return new SecretKeySpec(secret, "HmacSHA256");
    }

    private static Key publicKey(KeyConfig config, KeyFamily family) {
        if (config.publicKeyPem() == null) {
            throw new IllegalArgumentException("a secret takes an HS algorithm only");
        }
        return PublicKeyPem.read(config.publicKeyPem(), family);
    }

    private static boolean startsLikePem(byte[] secret) {
        int at = 0;
        while (at < secret.length && secret[at] <= ' ' && secret[at] >= 0) {
            at++;
        }
        for (int i = 0; i < PEM.length; i++) {
            if (at + i >= secret.length || secret[at + i] != PEM[i]) {
                return false;
            }
        }
        return true;
    }
}
