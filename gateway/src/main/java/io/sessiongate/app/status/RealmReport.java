package io.sessiongate.app.status;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.TokenConfig;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is shown of a realm. Stateless. */
final class RealmReport {

    private RealmReport() {}

    static List<Shown> of(RealmConfig realm) {
        String name = "realms." + realm.name();
        return List.of(
                token(new Shown(name + ".token"), realm.token()),
                SessionReport.of(new Shown(name + ".session"), realm.session()),
                identity(new Shown(name + ".identity"), realm.identity()));
    }

    private static Shown token(Shown shown, TokenConfig token) {
        shown.word("kind", token.kind())
                .names("from", token.from().stream().map(RealmReport::source).toList())
                .name("issuer", token.issuer())
                .names("audience", token.audience())
                .duration("clock-skew", token.clockSkew())
                .name("claims.subject", token.claims().subject())
                .name("claims.session", token.claims().session())
                .name("claims.roles", token.claims().roles())
                .number("max-size", token.maxBytes())
                .number("cache-size", token.cacheSize());
        int i = 1;
        for (KeyConfig key : token.keys()) {
            key(shown, "key " + i++ + " ", key);
        }
        for (KeySourceConfig key : token.keySources()) {
            keySource(shown, "key " + i++ + " ", key);
        }
        for (AuthJsConfig key : token.authJs()) {
            String name = "key " + i++ + " ";
            shown.number(name + "auth-js", key.version()).secret(name + "secret", true);
        }
        return shown;
    }

    private static String source(TokenConfig.Source source) {
        return source instanceof TokenConfig.Source.Header header
                ? "header " + header.name()
                : "cookie " + ((TokenConfig.Source.Cookie) source).name();
    }

    private static void key(Shown shown, String name, KeyConfig key) {
        shown.names(name + "algorithm", new TreeSet<>(key.algorithms()))
                .secret(name + (key.secret() == null ? "public-key" : "secret"), true)
                .name(name + "kid", key.kid());
        narrowed(shown, name, key.issuer(), key.audience());
    }

    private static void keySource(Shown shown, String name, KeySourceConfig key) {
        boolean file = key.kind() == KeySourceConfig.Kind.FILE;
        shown.address(name + (key.kind() == KeySourceConfig.Kind.DISCOVERY ? "discovery" : "jwks"), key.address());
        if (!key.algorithms().isEmpty()) {
            shown.names(name + "algorithm", new TreeSet<>(key.algorithms()));
        }
        if (!file) {
            shown.duration(name + "refresh", key.refresh())
                    .duration(name + "keep-for", key.keepFor())
                    .name(name + "ca", key.authorities() == null ? "the system's" : "own ones");
        }
        narrowed(shown, name, key.issuer(), key.audience());
    }

    /** What tokens by this key must say in place of what the realm asks for. */
    private static void narrowed(Shown shown, String name, @Nullable String issuer, List<String> audience) {
        if (issuer != null) {
            shown.name(name + "issuer", issuer);
        }
        if (!audience.isEmpty()) {
            shown.names(name + "audience", audience);
        }
    }

    private static Shown identity(Shown shown, IdentityConfig identity) {
        shown.name("headers.subject", identity.subjectHeader())
                .name("headers.session", identity.sessionHeader())
                .name("headers.roles", identity.rolesHeader())
                .names("claims", new TreeSet<>(identity.claimHeaders().keySet()))
                .names("attributes", new TreeSet<>(identity.attributeHeaders().keySet()));
        IdentityConfig.@Nullable Assertion assertion = identity.assertion();
        return assertion == null
                ? shown.name("assertion", null)
                : shown.name("assertion.header", assertion.header())
                        .name("assertion.algorithm", assertion.algorithm())
                        .name("assertion.issuer", assertion.issuer())
                        .duration("assertion.lifetime", assertion.lifetime())
                        .names("assertion.attributes", assertion.attributes())
                        .secret(assertion.secret() == null ? "assertion.key" : "assertion.secret", true);
    }
}
