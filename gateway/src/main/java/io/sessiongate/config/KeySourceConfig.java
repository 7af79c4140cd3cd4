package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place that keys are read from again and again: a JWK Set, by itself or found by OpenID Connect discovery.
 *
 * @param address absolute path of a file, or a URL: of the set, or of the issuer
 * @param algorithms JWS names that its keys may be used for, never HMAC; empty means what each key says of itself
 * @param issuer required {@code iss} of tokens by its keys, or null for the realm's
 * @param audience accepted values of {@code aud} of tokens by its keys; empty means the realm's
 * @param refresh how often it is asked; of a URL only
 * @param keepFor how long the last keys count while it does not answer; of a URL only
 * @param authorities PEM certificates that are trusted in place of the system's, or null
 * @param location where the source stands in the file
 */
public record KeySourceConfig(
        Kind kind,
        String address,
        Set<String> algorithms,
        @Nullable String issuer,
        List<String> audience,
        Duration refresh,
        Duration keepFor,
        @Nullable String authorities,
        String location) {

    /** What stands at the address. */
    public enum Kind {
        /** A JWK Set in a file. */
        FILE,
        /** A JWK Set at a URL. */
        JWKS,
        /** An issuer whose discovery document names the URL of its JWK Set. */
        DISCOVERY
    }

    public KeySourceConfig {
        algorithms = Set.copyOf(algorithms);
        audience = List.copyOf(audience);
    }
}
