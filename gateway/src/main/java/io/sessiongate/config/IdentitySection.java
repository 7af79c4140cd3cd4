package io.sessiongate.config;

import io.sessiongate.config.IdentityConfig.Assertion;
import java.security.PrivateKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code realms.<name>.identity}. */
final class IdentitySection {

    private static final List<String> ASSERTION_ALGORITHMS = List.of("ES256", "EdDSA");

    /** What an assertion says by itself, and what RFC 7519 section 4.1 gives a meaning. */
    private static final Set<String> CLAIMS =
            Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "roles", "checked_at", "sth");

    private final Section section;

    /** Where each name written so far stands, by its normalised form. */
    private final Map<String, KeyPath> names = new HashMap<>();

    private final List<String> attributes;

    private IdentitySection(Section section, List<String> attributes) {
        this.section = section;
        this.attributes = attributes;
    }

    /**
     * Reads the section.
     *
     * @param attributes names that {@code session.attributes} defines
     */
    static IdentityConfig read(Section section, List<String> attributes) {
        return new IdentitySection(section, attributes).read();
    }

    private IdentityConfig read() {
        Section headers = section.section("headers");
        return new IdentityConfig(
                header(headers, "subject"),
                header(headers, "session"),
                header(headers, "roles"),
                byHeader(section.section("claims"), name -> name),
                byHeader(section.section("attributes"), this::attribute),
                section.has("assertion") ? assertion(section.section("assertion")) : null);
    }

    private @Nullable String header(Section headers, String key) {
        @Nullable String name = headers.optionalText(key);
        return name == null || name.equals("none")
                ? null
                : headers.parsed(key, n -> own(headers.path().child(key), n));
    }

    /** A mapping from header names of one's own to what they carry. */
    private Map<String, String> byHeader(Section headers, Function<String, String> carried) {
        Map<String, String> byHeader = new LinkedHashMap<>();
        for (String name : headers.names()) {
            @Nullable String value = headers.parsed(name, carried);
            KeyPath path = headers.path().child(name);
            try {
                own(path, name);
            } catch (IllegalArgumentException e) {
                section.source().problems().errorAtKey(path, e.getMessage() == null ? "" : e.getMessage());
            }
            if (value != null) {
                byHeader.put(name, value);
            }
        }
        return byHeader;
    }

    private String attribute(String name) {
        if (!attributes.contains(name)) {
            throw new IllegalArgumentException("no such session attribute; expected "
                    + (attributes.isEmpty()
                            ? "one that session.attributes defines, which defines none"
                            : "one of " + String.join(", ", attributes)));
        }
        return name;
    }

    private String claim(String name) {
        if (CLAIMS.contains(name)) {
            throw new IllegalArgumentException(
                    "the assertion has a claim of this name; expected another name for the" + " attribute");
        }
        return attribute(name);
    }

    private String own(KeyPath path, String name) {
        FieldNames.writable(name);
        @Nullable KeyPath other = names.putIfAbsent(FieldNames.normalised(name), path);
        if (other != null) {
            throw new IllegalArgumentException("the same header as " + other
                    + " (letter case, `_`, `.` and `-` make no difference); expected" + " another name");
        }
        return name;
    }

    private @Nullable Assertion assertion(Section assertion) {
        String header = assertion.parsed("header", n -> own(assertion.path().child("header"), n));
        @Nullable String algorithm = assertion.optionalText("algorithm");
        var issuer = assertion.text("issuer");
        var lifetime = assertion.duration("lifetime");
        List<String> claims = assertion.parsedList("attributes", this::claim);
        boolean hmac = assertion.has("secret") || "HS256".equals(algorithm);
        if (header == null || (assertion.has("algorithm") && algorithm == null)) {
            return null;
        }
        if (hmac) {
            @Nullable SecretBytes secret = secret(assertion, algorithm);
            return secret == null ? null : new Assertion(header, "HS256", secret, null, issuer, lifetime, claims);
        }
        if (!assertion.has("key")) {
            assertion.error("key", "missing; expected a private key (or a secret, for HS256)");
        }
        @Nullable Signing signing = assertion.parsed("key", text -> signing(assertion, text, algorithm));
        return signing == null
                ? null
                : new Assertion(header, signing.algorithm, null, signing.pem, issuer, lifetime, claims);
    }

    private static @Nullable SecretBytes secret(Section assertion, @Nullable String algorithm) {
        if (algorithm != null && !algorithm.equals("HS256")) {
            assertion.error("secret", algorithm + " is signed with a private key; expected `key` in place of a secret");
        }
        if (assertion.has("key")) {
            assertion.error("key", "HS256 is signed with a secret; remove the key");
        }
        if (!assertion.has("secret")) {
            assertion.error("secret", "missing; HS256 needs a secret, such as \"${ASSERTION_SECRET}\"");
        }
        byte @Nullable [] bytes = assertion.parsed("secret", PemKeys::utf8);
        return bytes == null ? null : TokenSection.checked(assertion, bytes, List.of("HS256"));
    }

    private record Signing(String algorithm, Secret pem) {}

    private static Signing signing(Section assertion, String text, @Nullable String algorithm) {
        String pem = KeyFile.pem(assertion, text);
        PrivateKey key = PemKeys.privateKey(pem);
        Set<String> fitting = JwsAlgorithms.fitting(key);
        return ASSERTION_ALGORITHMS.stream()
                .filter(fitting::contains)
                .filter(a -> algorithm == null || a.equals(algorithm))
                .findFirst()
                .map(a -> new Signing(a, new Secret(pem)))
                .orElseThrow(() -> new IllegalArgumentException(JwsAlgorithms.describe(key) + "; expected "
                        + (algorithm == null || algorithm.equals("ES256") ? "an EC key on P-256 for ES256" : "")
                        + (algorithm == null ? " or " : "")
                        + (algorithm == null || algorithm.equals("EdDSA") ? "an Ed25519 key for EdDSA" : "")));
    }
}
