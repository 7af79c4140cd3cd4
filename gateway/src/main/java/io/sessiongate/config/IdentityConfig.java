package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the application is told about who is asking.
 *
 * @param subjectHeader header for the subject, or null for none; likewise the next two
 * @param claimHeaders further headers, each with the dotted path of the claim it carries
 * @param attributeHeaders further headers, each with the name of the session attribute it carries
 */
public record IdentityConfig(
        @Nullable String subjectHeader,
        @Nullable String sessionHeader,
        @Nullable String rolesHeader,
        Map<String, String> claimHeaders,
        Map<String, String> attributeHeaders,
        @Nullable Assertion assertion) {

    public IdentityConfig {
        claimHeaders = Map.copyOf(claimHeaders);
        attributeHeaders = Map.copyOf(attributeHeaders);
    }

    /** Without headers for attributes. */
    public IdentityConfig(
            @Nullable String subjectHeader,
            @Nullable String sessionHeader,
            @Nullable String rolesHeader,
            Map<String, String> claimHeaders,
            @Nullable Assertion assertion) {
        this(subjectHeader, sessionHeader, rolesHeader, claimHeaders, Map.of(), assertion);
    }

    /** All header names written for this realm; all of them are removed from every inbound request. */
    public Set<String> headerNames() {
        var names = new java.util.HashSet<String>(claimHeaders.keySet());
        names.addAll(attributeHeaders.keySet());
        if (subjectHeader != null) {
            names.add(subjectHeader);
        }
        if (sessionHeader != null) {
            names.add(sessionHeader);
        }
        if (rolesHeader != null) {
            names.add(rolesHeader);
        }
        if (assertion != null) {
            names.add(assertion.header());
        }
        return Set.copyOf(names);
    }

    /**
     * The signed assertion.
     *
     * @param algorithm {@code HS256}, {@code ES256} or {@code EdDSA}
     * @param secret HMAC key for {@code HS256}, else null
     * @param privateKeyPem PKCS #8 PEM for the others, else null
     * @param issuer value of {@code iss}
     * @param lifetime at most 60 s
     * @param attributes session attributes that become claims of the same name
     */
    public record Assertion(
            String header,
            String algorithm,
            @Nullable SecretBytes secret,
            @Nullable Secret privateKeyPem,
            String issuer,
            Duration lifetime,
            List<String> attributes) {

        public Assertion {
            attributes = List.copyOf(attributes);
        }

        /** Without attributes. */
        public Assertion(
                String header,
                String algorithm,
                @Nullable SecretBytes secret,
                @Nullable Secret privateKeyPem,
                String issuer,
                Duration lifetime) {
            this(header, algorithm, secret, privateKeyPem, issuer, lifetime, List.of());
        }
    }
}
