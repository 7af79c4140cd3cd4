package io.sessiongate.app.doctor;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be said about keys of Auth.js without one of its cookies. */
final class AuthJsChecks {

    /** As many as {@code openssl rand -base64 32} has, less its padding, would do for 256 bits; hexadecimal has half. */
    private static final int GOOD_SECRET_BYTES = 32;

    private AuthJsChecks() {}

    /** In words: versions and how many secrets. */
    static String summary(TokenConfig token) {
        return token.authJs().stream()
                .map(key -> "Auth.js " + key.version()
                        + (key.secrets().size() == 1
                                ? " with 1 secret"
                                : " with " + key.secrets().size() + " secrets (the first must be the newest)"))
                .collect(Collectors.joining(", "));
    }

    /** What will not work or is weak, or null. */
    static @Nullable Seen trouble(TokenConfig token) {
        for (AuthJsConfig key : token.authJs()) {
            int shortest = key.secrets().stream()
                    .mapToInt(secret -> secret.length())
                    .min()
                    .orElse(0);
            if (shortest < GOOD_SECRET_BYTES) {
                return Seen.warn(
                        "a secret of Auth.js " + key.version() + " has " + shortest
                                + " bytes; whoever has one cookie can try secrets at leisure",
                        "a new one of openssl rand -base64 32, first in the list here and in the application");
            }
        }
        List<String> cookies = token.from().stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toList();
        for (AuthJsConfig key : token.authJs()) {
            String https = key.cookieNames().get(0);
            String http = key.cookieNames().get(1);
            if (cookies.contains(http) && !cookies.contains(https)) {
                return Seen.warn(
                        "of the cookies of Auth.js " + key.version() + " only " + http
                                + " is searched, which it has over http; over https it is " + https,
                        "add { cookie: " + https + " } to token.from, or drop token.from");
            }
        }
        return null;
    }
}
