package io.sessiongate.config;

import io.sessiongate.config.TokenConfig.Claims;
import io.sessiongate.config.TokenConfig.Source.Cookie;
import io.sessiongate.config.TokenConfig.Source.Header;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads {@code realms.<name>.token}. */
final class TokenSection {

    private TokenSection() {}

    static TokenConfig read(Section section) {
        Section claims = section.section("claims");
        return new TokenConfig(
                from(section),
                keys(section),
                section.optionalText("issuer"),
                section.texts("audience"),
                section.duration("clock-skew"),
                new Claims(claims.text("subject"), claims.text("session"), claims.text("roles")),
                (int) section.bytes("max-size"),
                section.number("cache-size"),
                keySources(section));
    }

    private static List<TokenConfig.Source> from(Section section) {
        var sources = new ArrayList<TokenConfig.Source>();
        for (Section place : section.sections("from")) {
            @Nullable String header = place.optionalText("header");
            @Nullable String cookie = place.optionalText("cookie");
            if (header != null && FieldNames.normalised(header).equals("cookie")) {
                place.error("header", "not searched as a whole; expected { cookie: name }");
            } else if (header != null) {
                sources.add(new Header(header));
            } else if (cookie != null) {
                sources.add(new Cookie(cookie));
            }
        }
        return sources;
    }

    private static List<KeySourceConfig> keySources(Section section) {
        var sources = new ArrayList<KeySourceConfig>();
        for (Section entry : section.sections("keys")) {
            @Nullable KeySourceConfig source =
                    KeySourceSection.isMeant(entry) ? KeySourceSection.read(entry, section.has("audience")) : null;
            if (source != null) {
                sources.add(source);
            }
        }
        return sources;
    }

    private static List<KeyConfig> keys(Section section) {
        var keys = new ArrayList<KeyConfig>();
        // Two issuers may well have chosen the same name.
        Map<List<@Nullable String>, Section> kids = new HashMap<>();
        for (Section entry : section.sections("keys")) {
            if (KeySourceSection.isMeant(entry)) {
                continue;
            }
            @Nullable String kid = entry.optionalText("kid");
            @Nullable String issuer = entry.optionalText("issuer");
            @Nullable Section other = kid == null ? null : kids.putIfAbsent(Arrays.asList(issuer, kid), entry);
            if (other != null) {
                entry.error("kid", "the same as " + other.path() + ".kid; expected a name of its own");
            }
            @Nullable KeyConfig key = key(entry, kid);
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static @Nullable KeyConfig key(Section entry, @Nullable String kid) {
        if (!entry.has("algorithm")) {
            entry.error(
                    "algorithm",
                    "missing; expected "
                            + entry.source().schema().expected(entry.path().child("algorithm")));
        }
        for (String key : new String[] {"refresh", "keep-for", "ca"}) {
            unexpected(entry, key, "only for `jwks` and `discovery` with a URL; remove the key");
        }
        Set<String> algorithms = new TreeSet<>(entry.texts("algorithm"));
        boolean hmac = algorithms.stream().anyMatch(JwsAlgorithms::isHmac);
        if (!entry.sound("algorithm")) {
            return null;
        }
        if (hmac && !algorithms.stream().allMatch(JwsAlgorithms::isHmac)) {
            entry.error(
                    "algorithm",
                    "HS256, HS384 and HS512 need a secret and the others a public key; give each its own entry");
            return null;
        }
        String names = JwsAlgorithms.names(algorithms);
        if (hmac) {
            unexpected(entry, "public-key", names + " is verified with a secret, never with a public key");
            @Nullable SecretBytes secret = secret(entry, algorithms, names);
            return secret == null ? null : configured(entry, algorithms, kid, secret, null);
        }
        unexpected(entry, "secret", names + " is verified with a public key; remove the secret");
        unexpected(entry, "secret-encoding", "only a secret has an encoding; remove the key");
        @Nullable String pem = publicKey(entry, algorithms, names);
        return pem == null ? null : configured(entry, algorithms, kid, null, pem);
    }

    private static KeyConfig configured(
            Section entry,
            Set<String> algorithms,
            @Nullable String kid,
            @Nullable SecretBytes secret,
            @Nullable String pem) {
        return new KeyConfig(
                algorithms,
                kid,
                secret,
                pem,
                entry.location(),
                entry.optionalText("issuer"),
                entry.texts("audience"),
                pem == null ? null : KeyFile.path(entry, entry.text("public-key")));
    }

    private static void unexpected(Section entry, String key, String message) {
        if (entry.has(key)) {
            entry.error(key, message);
        }
    }

    private static @Nullable SecretBytes secret(Section entry, Set<String> algorithms, String names) {
        if (!entry.has("secret")) {
            entry.error("secret", "missing; " + names + " needs a secret, such as \"${JWT_SECRET}\"");
        }
        boolean base64 = entry.text("secret-encoding").equals("base64");
        byte @Nullable [] bytes = entry.parsed("secret", text -> base64 ? base64(text) : PemKeys.utf8(text));
        return bytes == null ? null : checked(entry, bytes, algorithms);
    }

    /** Reports a secret that must not be used. */
    static SecretBytes checked(Section entry, byte[] secret, Collection<String> algorithms) {
        @Nullable String flaw = JwsAlgorithms.flaw(secret, algorithms);
        if (flaw != null) {
            entry.error("secret", flaw);
        }
        return new SecretBytes(secret);
    }

    /** Either alphabet of RFC 4648, padded or not. */
    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text.strip().replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not Base64, as secret-encoding says it is", e);
        }
    }

    private static @Nullable String publicKey(Section entry, Set<String> algorithms, String names) {
        if (!entry.has("public-key")) {
            entry.error(
                    "public-key",
                    "missing; " + names + " needs a PEM public key or certificate, as a path or as its text");
        }
        return entry.parsed("public-key", text -> {
            String pem = KeyFile.pem(entry, text);
            JwsAlgorithms.requireFit(PemKeys.publicKey(pem), algorithms);
            @Nullable Instant end = PemKeys.certificateEnd(pem);
            if (end != null && end.isBefore(Instant.now())) {
                entry.warn("public-key", "the certificate ended on " + end + "; its key is used all the same");
            }
            return pem;
        });
    }
}
