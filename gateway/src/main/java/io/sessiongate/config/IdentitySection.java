package io.sessiongate.config;

import io.sessiongate.config.IdentityConfig.Assertion;
import java.security.PrivateKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code realms.<name>.identity}. */
final class IdentitySection {

    private static final List<String> ASSERTION_ALGORITHMS = List.of("ES256", "EdDSA");

    private final Section section;

    /** Where each name written so far stands, by its normalised form. */
    private final Map<String, KeyPath> names = new HashMap<>();

    private IdentitySection(Section section) {
        this.section = section;
    }

    static IdentityConfig read(Section section) {
        return new IdentitySection(section).read();
    }

    private IdentityConfig read() {
        Section headers = section.section("headers");
        return new IdentityConfig(
                header(headers, "subject"),
                header(headers, "session"),
                header(headers, "roles"),
                claims(section.section("claims")),
                section.has("assertion") ? assertion(section.section("assertion")) : null);
    }

    private @Nullable String header(Section headers, String key) {
        @Nullable String name = headers.optionalText(key);
        return name == null || name.equals("none")
                ? null
                : headers.parsed(key, n -> own(headers.path().child(key), n));
    }

    private Map<String, String> claims(Section claims) {
        Map<String, String> byHeader = new LinkedHashMap<>();
        for (String name : claims.names()) {
            @Nullable String claim = claims.optionalText(name);
            KeyPath path = claims.path().child(name);
            try {
                own(path, name);
            } catch (IllegalArgumentException e) {
                section.source().problems().errorAtKey(path, e.getMessage() == null ? "" : e.getMessage());
            }
            if (claim != null) {
                byHeader.put(name, claim);
            }
        }
        return byHeader;
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
        boolean hmac = assertion.has("secret") || "HS256".equals(algorithm);
        if (header == null || (assertion.has("algorithm") && algorithm == null)) {
            return null;
        }
        if (hmac) {
            @Nullable SecretBytes secret = secret(assertion, algorithm);
            return secret == null ? null : new Assertion(header, "HS256", secret, null, issuer, lifetime);
        }
        if (!assertion.has("key")) {
            assertion.error("key", "missing; expected a private key (or a secret, for HS256)");
        }
        @Nullable Signing signing = assertion.parsed("key", text -> signing(assertion, text, algorithm));
        return signing == null ? null : new Assertion(header, signing.algorithm, null, signing.pem, issuer, lifetime);
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
