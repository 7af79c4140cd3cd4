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
 * @param authJs secrets of Auth.js; its cookies may come in chunks where there are any
 * @param kind what a token is; an opaque one has no keys and claims
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
        List<AuthJsConfig> authJs,
        Kind kind,
        List<KeySourceConfig> keySources) {

    /** What a token is. */
    public enum Kind {
        /** A statement that is verified. */
        JWT,
        /** A session's id and nothing else. */
        OPAQUE
    }

    /** Of signed tokens only. */
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

    /** Of signed and of encrypted tokens. */
    public TokenConfig(
            List<Source> from,
            List<KeyConfig> keys,
            @Nullable String issuer,
            List<String> audience,
            Duration clockSkew,
            Claims claims,
            int maxBytes,
            int cacheSize,
            List<AuthJsConfig> authJs) {
        this(from, keys, issuer, audience, clockSkew, claims, maxBytes, cacheSize, authJs, Kind.JWT);
    }

    /** With the keys of the configuration alone. */
    public TokenConfig(
            List<Source> from,
            List<KeyConfig> keys,
            @Nullable String issuer,
            List<String> audience,
            Duration clockSkew,
            Claims claims,
            int maxBytes,
            int cacheSize,
            List<AuthJsConfig> authJs,
            Kind kind) {
        this(from, keys, issuer, audience, clockSkew, claims, maxBytes, cacheSize, authJs, kind, List.of());
    }

    public TokenConfig {
        keySources = List.copyOf(keySources);
        from = List.copyOf(from);
        keys = List.copyOf(keys);
        audience = List.copyOf(audience);
        authJs = List.copyOf(authJs);
    }

    /** A place in the request. */
    public sealed interface Source {
        /** A header field; {@code Authorization} must carry the scheme {@code Bearer}, others the bare token. */
        record Header(String name) implements Source {}

        /** A cookie. */
        record Cookie(String name) implements Source {}
    }

    /**
     * Claim names as dotted paths.
     *
     * @param version claim that makes the session's id together with the subject, in place of {@code session}; null for none
     */
    public record Claims(
            String subject,
            String session,
            String roles,
            @Nullable String version) {

        /** Of tokens that name their session. */
        public Claims(String subject, String session, String roles) {
            this(subject, session, roles, null);
        }

        /** The claim of which a token must have one, for a session to be looked for. */
        public String naming() {
            return version == null ? session : version;
        }
    }
}
