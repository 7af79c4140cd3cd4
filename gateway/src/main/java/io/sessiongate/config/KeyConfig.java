package io.sessiongate.config;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key that verifies tokens, pinned to its algorithms (RFC 8725 section 3.1). Exactly one of {@code secret} and
 * {@code publicKeyPem} is set.
 *
 * @param algorithms JWS names such as {@code HS256}, all of the family that fits the key
 * @param kid tokens that name a {@code kid} are verified only by the key of that name; null takes part for every token
 * @param secret bytes of an HMAC key
 * @param publicKeyPem text of a PEM public key or certificate
 * @param location where the key stands in the file
 */
public record KeyConfig(
        Set<String> algorithms,
        @Nullable String kid,
        @Nullable SecretBytes secret,
        @Nullable String publicKeyPem,
        String location) {
    public KeyConfig {
        algorithms = Set.copyOf(algorithms);
        if ((secret == null) == (publicKeyPem == null)) {
            throw new IllegalArgumentException("a key is either a secret or a public key");
        }
        Objects.requireNonNull(location, "location");
    }
}
