package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where tokens are found and what makes one valid.
 *
 * @param issuer required {@code iss}, or null for any
 * @param audience accepted values of {@code aud}; empty means it is not checked
 * @param clockSkew tolerance for {@code exp}, {@code nbf} and {@code iat}
 * @param claims names of the claims that are read, each a dotted path into nested objects
 * @param maxBytes longest token that is looked at
 * @param cacheSize verified tokens remembered
 * @param keySources where further keys are read from
 */
public record TokenConfig(
        List<Source> from,
        List<KeyConfig> keys,
        @Nullable String issuer,
        List<String> audience,
        Duration clockSkew,
        Claims claims,
        int maxBytes,
        int cacheSize,
        List<KeySourceConfig> keySources) {

    public TokenConfig {
        keySources = List.copyOf(keySources);
        from = List.copyOf(from);
        keys = List.copyOf(keys);
        audience = List.copyOf(audience);
    }

    /** One with the keys of the configuration alone. */
    public TokenConfig(
            List<Source> from,
            List<KeyConfig> keys,
            @Nullable String issuer,
            List<String> audience,
            Duration clockSkew,
            Claims claims,
            int maxBytes,
            int cacheSize) {
        this(from, keys, issuer, audience, clockSkew, claims, maxBytes, cacheSize, List.of());
    }

    /** A place in the request. */
    public sealed interface Source {
        /** A header field; {@code Authorization} must carry the scheme {@code Bearer}, others the bare token. */
        record Header(String name) implements Source {}

        /** A cookie. */
        record Cookie(String name) implements Source {}
    }

    /** Claim names as dotted paths. */
    public record Claims(String subject, String session, String roles) {}
}
