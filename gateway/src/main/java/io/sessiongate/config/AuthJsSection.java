package io.sessiongate.config;

import io.sessiongate.config.TokenConfig.Source.Cookie;
import io.sessiongate.config.TokenConfig.Source.Header;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the entries of {@code realms.<name>.token.keys} that are about Auth.js, and what they change beside them. */
final class AuthJsSection {

    static final String KEY = "auth-js";

    /** As {@code decode} of Auth.js has it. */
    static final Duration CLOCK_SKEW = Duration.ofSeconds(15);

    /** Auth.js writes a random one into every token. */
    static final String SESSION_CLAIM = "jti";

    /**
     * Keys that a token without {@code kid} may cost: each is a decryption of everything that a stranger sent. The same as
     * the signatures that a token may cost.
     */
    private static final int MOST_TRIED = 8;

    private static final int LEAST_SECRET_BYTES = 16;

    private static final List<String> NOT_BESIDE = List.of(
            "algorithm",
            "kid",
            "public-key",
            "secret-encoding",
            "issuer",
            "audience",
            "jwks",
            "discovery",
            "refresh",
            "keep-for",
            "ca");

    private AuthJsSection() {}

    static boolean isAuthJs(Section entry) {
        return entry.has(KEY);
    }

    static List<AuthJsConfig> keys(Section section) {
        var keys = new ArrayList<AuthJsConfig>();
        for (Section entry : section.sections("keys")) {
            @Nullable AuthJsConfig key = isAuthJs(entry) ? key(entry) : null;
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static @Nullable AuthJsConfig key(Section entry) {
        for (String name : NOT_BESIDE) {
            if (entry.has(name)) {
                entry.error(name, "not beside auth-js, which settles it; remove the key");
            }
        }
        if (!entry.has("secret")) {
            entry.error("secret", "missing; expected the application's own, such as \"${AUTH_SECRET}\"");
        }
        var secrets = new ArrayList<SecretBytes>();
        for (String text : entry.texts("secret")) {
            secrets.add(new SecretBytes(text.getBytes(StandardCharsets.UTF_8)));
        }
        secrets.stream()
                .filter(secret -> secret.length() < LEAST_SECRET_BYTES)
                .findFirst()
                .ifPresent(secret -> entry.error(
                        "secret",
                        "a secret of " + secret.length()
                                + " bytes, which whoever has a cookie can guess; expected at least "
                                + LEAST_SECRET_BYTES + ", such as openssl rand -base64 32 prints"));
        boolean complete = entry.sound(KEY) && entry.sound("secret") && !secrets.isEmpty();
        return complete ? new AuthJsConfig(entry.number(KEY), secrets, entry.location()) : null;
    }

    /** Where the tokens of these versions are when the file does not say it. */
    static List<TokenConfig.Source> places(List<AuthJsConfig> keys) {
        var names = new LinkedHashSet<String>();
        keys.forEach(key -> names.addAll(key.cookieNames()));
        return names.stream().<TokenConfig.Source>map(Cookie::new).toList();
    }

    /** Reports places that do not go with these keys. */
    static void check(Section section, List<TokenConfig.Source> from, List<AuthJsConfig> keys) {
        if (keys.isEmpty()) {
            return;
        }
        List<String> cookies = cookies(from).toList();
        for (String name : cookies) {
            for (String other : cookies) {
                if (other.length() > name.length() && other.startsWith(name)) {
                    section.error(
                            "from",
                            "Auth.js takes the cookie " + other + " for a part of " + name
                                    + ", as its name begins with it; give the realm one of the two");
                }
            }
        }
        long tried = mostTried(from, keys);
        if (tried > MOST_TRIED) {
            section.error(
                    "keys",
                    tried + " keys could be that of a token that names none; expected at most " + MOST_TRIED
                            + ": fewer secrets of version 4, or fewer cookies beside a header in `from`");
        }
    }

    /** A version 4 key is the same for every cookie; of version 5 the first secret has one for each. */
    private static long mostTried(List<TokenConfig.Source> from, List<AuthJsConfig> keys) {
        long alike = keys.stream()
                .filter(key -> key.version() == 4)
                .mapToInt(key -> key.secrets().size())
                .sum();
        long perCookie = keys.stream().filter(key -> key.version() == 5).count();
        boolean header = from.stream().anyMatch(Header.class::isInstance);
        long cookies = header ? Math.max(2, cookies(from).count()) : 1;
        return alike + perCookie * cookies;
    }

    private static Stream<String> cookies(List<TokenConfig.Source> from) {
        return from.stream().filter(Cookie.class::isInstance).map(place -> ((Cookie) place).name());
    }
}
