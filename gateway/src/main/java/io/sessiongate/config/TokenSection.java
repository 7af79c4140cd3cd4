package io.sessiongate.config;

import io.sessiongate.config.TokenConfig.Claims;
import io.sessiongate.config.TokenConfig.Kind;
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

    /** Where Auth.js keeps its session: version 5 and 4, over https and without. */
    private static final List<TokenConfig.Source> AUTH_JS = List.of(
            new Cookie("__Secure-authjs.session-token"),
            new Cookie("authjs.session-token"),
            new Cookie("__Secure-next-auth.session-token"),
            new Cookie("next-auth.session-token"));

    private TokenSection() {}

    /** {@code session}: of the same realm, which may say what makes a session's id. */
    static TokenConfig read(Section section, Section session) {
        Kind kind = section.text("kind").equals("opaque") ? Kind.OPAQUE : Kind.JWT;
        if (kind == Kind.OPAQUE) {
            for (String key : List.of("keys", "issuer", "audience", "clock-skew", "claims")) {
                unexpected(section, key, "an opaque token says nothing that could be verified; remove this key");
            }
        } else if (!section.has("keys")) {
            section.missing("keys");
        }
        List<AuthJsConfig> authJs = kind == Kind.OPAQUE ? List.of() : AuthJsSection.keys(section);
        List<TokenConfig.Source> from = kind == Kind.OPAQUE && !section.has("from") ? AUTH_JS : from(section, authJs);
        AuthJsSection.check(section, from, authJs);
        boolean ownSkew = authJs.isEmpty() || section.has("clock-skew");
        return new TokenConfig(
                from,
                keys(section),
                section.optionalText("issuer"),
                section.texts("audience"),
                ownSkew ? section.duration("clock-skew") : AuthJsSection.CLOCK_SKEW,
                claims(section.section("claims"), session, !authJs.isEmpty()),
                (int) section.bytes("max-size"),
                section.number("cache-size"),
                authJs,
                kind,
                keySources(section));
    }

    private static Claims claims(Section claims, Section session, boolean isAuthJs) {
        String subject = claims.text("subject");
        String roles = claims.text("roles");
        String own = isAuthJs && !claims.has("session") ? AuthJsSection.SESSION_CLAIM : claims.text("session");
        for (String form : List.of("version", "denylist")) {
            if (session.has(form)) {
                unexpected(claims, "session", "session." + form + ".claim makes the session's id; remove this key");
            }
        }
        if (session.has("version")) {
            String version = session.section("version").text("claim");
            return new Claims(subject, own, roles, version);
        }
        return session.has("denylist")
                ? new Claims(subject, session.section("denylist").text("claim"), roles)
                : new Claims(subject, own, roles);
    }

    private static List<TokenConfig.Source> from(Section section, List<AuthJsConfig> authJs) {
        if (!section.has("from")) {
            if (section.sections("keys").stream().noneMatch(AuthJsSection::isAuthJs)) {
                section.missing("from");
            }
            return AuthJsSection.places(authJs);
        }
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
            if (AuthJsSection.isAuthJs(entry) || KeySourceSection.isMeant(entry)) {
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
        for (String key : new String[] {"refresh", "keep-for", "ca"}) {
            unexpected(entry, key, "only for `jwks` and `discovery` with a URL; remove the key");
        }
        Set<String> algorithms = new TreeSet<>(entry.texts("algorithm"));
        boolean hmac = algorithms.stream().anyMatch(JwsAlgorithms::isHmac);
        if (!entry.has("algorithm")) {
            entry.error(
                    "algorithm",
                    "missing; expected HS256, RS256, ES256, EdDSA or their like, or auth-js, jwks or discovery in place of it");
        }
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
        if (entry.source().at(entry.path().child("secret")).isArray()) {
            entry.error("secret", "a list is for auth-js only; give each key its own entry");
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
