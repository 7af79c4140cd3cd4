package io.sessiongate.config;

import java.nio.file.Path;
import java.util.List;
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
 * @param issuer required {@code iss} of tokens by this key, or null for the realm's
 * @param audience accepted values of {@code aud} of tokens by this key; empty means the realm's
 * @param file where the public key was read from and is read again when it changes; null where it stands in the
 *     configuration itself
 */
public record KeyConfig(
        Set<String> algorithms,
        @Nullable String kid,
        @Nullable SecretBytes secret,
        @Nullable String publicKeyPem,
        String location,
        @Nullable String issuer,
        List<String> audience,
        @Nullable Path file) {
    public KeyConfig {
        algorithms = Set.copyOf(algorithms);
        audience = List.copyOf(audience);
        if ((secret == null) == (publicKeyPem == null)) {
            throw new IllegalArgumentException("a key is either a secret or a public key");
        }
        Objects.requireNonNull(location, "location");
    }

    /** A key whose tokens must fit the realm's issuer and audience. */
    public KeyConfig(
            Set<String> algorithms,
            @Nullable String kid,
            @Nullable SecretBytes secret,
            @Nullable String publicKeyPem,
            String location) {
        this(algorithms, kid, secret, publicKeyPem, location, null, List.of(), null);
    }
}
