package io.sessiongate.token;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.TokenConfig;

/** Whether tokens are judged alike under two configurations, wherever in the file that is said. Stateless. */
final class SameToken {

    private SameToken() {}

    static boolean isSame(TokenConfig one, TokenConfig other) {
        return placeless(one).equals(placeless(other));
    }

    private static TokenConfig placeless(TokenConfig config) {
        return new TokenConfig(
                config.from(),
                config.keys().stream().map(SameToken::placeless).toList(),
                config.issuer(),
                config.audience(),
                config.clockSkew(),
                config.claims(),
                config.maxBytes(),
                config.cacheSize(),
                config.authJs().stream().map(SameToken::placeless).toList(),
                config.kind(),
                config.keySources().stream().map(SameToken::placeless).toList());
    }

    private static KeyConfig placeless(KeyConfig key) {
        return new KeyConfig(
                key.algorithms(),
                key.kid(),
                key.secret(),
                key.publicKeyPem(),
                "",
                key.issuer(),
                key.audience(),
                key.file());
    }

    private static AuthJsConfig placeless(AuthJsConfig key) {
        return new AuthJsConfig(key.version(), key.secrets(), "");
    }

    static KeySourceConfig placeless(KeySourceConfig source) {
        return new KeySourceConfig(
                source.kind(),
                source.address(),
                source.algorithms(),
                source.issuer(),
                source.audience(),
                source.refresh(),
                source.keepFor(),
                source.authorities(),
                "");
    }
}
