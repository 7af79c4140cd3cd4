package io.sessiongate.token;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every key that the secrets of Auth.js make for the cookies of a realm, derived once at load. Version 5 salts with the
 * cookie's name, so that a token fits only the cookie it was written for; one from a header may be of any of them. Immutable,
 * for any thread.
 */
final class AuthJsKeys {

    /** Keys for one place of a token. */
    private static final class Ring {

        private final Map<String, AuthJsKey> named = new LinkedHashMap<>();
        private final Map<ContentEncryption, List<AuthJsKey>> unnamed = Map.of(
                ContentEncryption.A256GCM, new ArrayList<>(), ContentEncryption.A256CBC_HS512, new ArrayList<>());

        private void addUnnamed(AuthJsKey key) {
            of(key.encryption()).add(key);
        }

        private List<AuthJsKey> of(ContentEncryption encryption) {
            return unnamed.getOrDefault(encryption, List.of());
        }
    }

    private final Map<String, Ring> byCookie = new LinkedHashMap<>();
    private final Ring anyCookie;

    /** Of the realm's secrets and cookies; empty where it has no secrets of Auth.js. */
    AuthJsKeys(TokenConfig config) {
        Set<String> cookies = cookies(config);
        for (String cookie : cookies) {
            byCookie.put(cookie, ring(config.authJs(), Set.of(cookie)));
        }
        this.anyCookie = ring(config.authJs(), cookies);
        refuseMoreThanAreTried(config);
    }

    boolean isEmpty() {
        return byCookie.isEmpty();
    }

    /**
     * The keys to try, in order. A token that names one gets that one and no other; one that does not may be of any secret of
     * version 4, or of the first of version 5, as in Auth.js itself.
     *
     * @param cookie where the token was found, or null for a header
     */
    List<AuthJsKey> candidates(EncryptedToken token, @Nullable String cookie) {
        Ring ring = cookie == null ? anyCookie : byCookie.get(cookie);
        if (ring == null) {
            return List.of();
        }
        String name = token.keyId();
        if (name == null) {
            return ring.of(token.encryption());
        }
        AuthJsKey key = ring.named.get(name);
        return key == null || !key.isFor(token.encryption()) ? List.of() : List.of(key);
    }

    /** The cookies that are searched; where only headers are, those that the versions have by themselves. */
    private static Set<String> cookies(TokenConfig config) {
        var names = new LinkedHashSet<String>();
        if (config.authJs().isEmpty()) {
            return names;
        }
        for (Source place : config.from()) {
            if (place instanceof Source.Cookie cookie) {
                names.add(cookie.name());
            }
        }
        if (names.isEmpty()) {
            config.authJs().forEach(key -> names.addAll(key.cookieNames()));
        }
        return names;
    }

    private static Ring ring(List<AuthJsConfig> keys, Set<String> cookies) {
        var ring = new Ring();
        for (AuthJsConfig config : keys) {
            for (int i = 0; i < config.secrets().size(); i++) {
                SecretBytes secret = config.secrets().get(i);
                String origin =
                        "secret " + (i + 1) + " of " + config.secrets().size() + ", Auth.js " + config.version();
                if (config.version() == 4) {
                    ring.addUnnamed(AuthJsKey.version4(secret, origin));
                } else {
                    addVersion5(ring, secret, origin, cookies, i == 0);
                }
            }
        }
        return ring;
    }

    private static void addVersion5(Ring ring, SecretBytes secret, String origin, Set<String> cookies, boolean first) {
        for (String cookie : cookies) {
            for (ContentEncryption encryption : ContentEncryption.values()) {
                AuthJsKey key = AuthJsKey.version5(secret, cookie, encryption, origin + ", cookie " + cookie);
                ring.named.put(String.valueOf(key.thumbprint()), key);
                if (first) {
                    ring.addUnnamed(key);
                }
            }
        }
    }

    private void refuseMoreThanAreTried(TokenConfig config) {
        for (ContentEncryption encryption : ContentEncryption.values()) {
            int tried = anyCookie.of(encryption).size();
            boolean header = config.from().stream().anyMatch(Source.Header.class::isInstance);
            if (header && tried > KeyChoice.MAX_TRIED_KEYS) {
                throw new IllegalArgumentException(config.authJs().get(0).location() + ": " + tried
                        + " keys could be that of a token that names none; expected at most "
                        + KeyChoice.MAX_TRIED_KEYS);
            }
        }
    }
}
