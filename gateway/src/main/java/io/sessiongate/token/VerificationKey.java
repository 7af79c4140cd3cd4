package io.sessiongate.token;

import io.sessiongate.config.JwsAlgorithms;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.PemKeys;
import io.sessiongate.config.SecretBytes;
import java.security.Key;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A key and the algorithms it may be used with (RFC 8725 section 3.1): what a token says of its algorithm only ever
 * chooses among these.
 *
 * @param issuer the key's own required {@code iss}, or null for the realm's
 * @param audience the key's own accepted values of {@code aud}; empty means the realm's
 */
record VerificationKey(
        Key key,
        Set<String> algorithms,
        @Nullable String keyId,
        @Nullable String issuer,
        List<String> audience) {

    VerificationKey {
        algorithms = Set.copyOf(algorithms);
        audience = List.copyOf(audience);
    }

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

    /** Whether any verification takes too long for an event loop, that of a small token too: anything but HMAC. */
    boolean slow() {
        return !(key instanceof SecretKey);
    }

    /** Nothing of the key: this may reach a log. */
    @Override
    public String toString() {
        return "VerificationKey" + algorithms;
    }

    private static VerificationKey read(KeyConfig config) {
        if (config.algorithms().isEmpty()) {
            throw new IllegalArgumentException("a key needs an algorithm");
        }
        Key key = config.secret() != null
                ? secret(config.secret(), config.algorithms())
                : publicKey(Objects.requireNonNull(config.publicKeyPem()), config.algorithms());
        return new VerificationKey(key, config.algorithms(), config.kid(), config.issuer(), config.audience());
    }

    private static Key secret(SecretBytes configured, Set<String> algorithms) {
        if (!algorithms.stream().allMatch(JwsAlgorithms::isHmac)) {
            throw new IllegalArgumentException("a secret takes an HS algorithm only");
        }
        byte[] secret = configured.reveal();
        String flaw = JwsAlgorithms.flaw(secret, algorithms);
        if (flaw != null) {
            throw new IllegalArgumentException(flaw);
        }
        return new SecretKeySpec(secret, "HmacSHA256");
    }

    private static Key publicKey(String pem, Set<String> algorithms) {
        if (algorithms.stream().anyMatch(JwsAlgorithms::isHmac)) {
            throw new IllegalArgumentException("an HS algorithm takes a secret, never a public key");
        }
        Key key = PemKeys.publicKey(pem);
        JwsAlgorithms.requireFit(key, algorithms);
        return key;
    }
}
