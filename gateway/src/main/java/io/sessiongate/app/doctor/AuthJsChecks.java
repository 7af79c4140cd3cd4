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

    /** Where Auth.js hands out a CSRF token, and with it a cookie whose name tells of the others. */
    static final String CSRF_PATH = "/api/auth/csrf";

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
        List<String> cookies = cookies(token);
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

    /** Whether the cookies that are searched are such as Auth.js has over https. */
    static boolean expectsHttps(TokenConfig token) {
        return cookies(token).stream().anyMatch(name -> name.startsWith("__Secure-"));
    }

    /**
     * What the application's answer to {@link #CSRF_PATH} says.
     *
     * @param setCookies its fields {@code Set-Cookie}
     */
    static Seen application(int status, List<String> setCookies, TokenConfig token) {
        List<String> names = setCookies.stream()
                .map(line -> line.substring(0, Math.max(0, line.indexOf('='))).strip())
                .toList();
        int version = names.stream().anyMatch(name -> name.endsWith("next-auth.csrf-token"))
                ? 4
                : names.stream().anyMatch(name -> name.endsWith("authjs.csrf-token")) ? 5 : 0;
        if (version == 0) {
            return Seen.skipped("GET " + CSRF_PATH + " was answered " + status + " without a cookie of Auth.js", null);
        }
        boolean https = names.stream().anyMatch(name -> name.startsWith("__Host-"));
        String saw = "its cookies are those of version " + version + " over " + (https ? "https" : "http");
        List<AuthJsConfig> keys =
                token.authJs().stream().filter(key -> key.version() == version).toList();
        if (keys.isEmpty()) {
            return Seen.fail(
                    saw + ", and there is no key of that version",
                    "auth-js: " + version + " in token.keys; the versions derive different keys from one secret");
        }
        String session = keys.get(0).cookieNames().get(https ? 0 : 1);
        List<String> searched = cookies(token);
        boolean hasOtherSpelling = searched.contains(keys.get(0).cookieNames().get(https ? 1 : 0));
        if (!searched.contains(session) && hasOtherSpelling) {
            return Seen.fail(
                    saw + ": the session is in " + session + ", which is not searched",
                    "{ cookie: " + session + " } in token.from, or "
                            + (version == 4 ? "NEXTAUTH_URL" : "AUTH_URL")
                            + " of the application, which decides between http and https");
        }
        return Seen.ok(saw);
    }

    private static List<String> cookies(TokenConfig token) {
        return token.from().stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toList();
    }
}
