package io.sessiongate.token;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Opens a cookie of Auth.js for the person who holds it, and says why it does not open: a development aid, never on the way
 * of a request. For any thread.
 */
public final class AuthJsInspector {

    private final TokenConfig config;
    private final AuthJsKeys keys;

    /** An inspector with the keys of a realm. */
    public AuthJsInspector(TokenConfig config) {
        this.config = config;
        this.keys = new AuthJsKeys(config);
    }

    /**
     * What is in a token.
     *
     * @param key which of the configured keys opened it, in words without anything of the secret
     * @param claims null where what was encrypted is no JSON object
     */
    public record Opened(String key, @Nullable Map<String, Object> claims) {}

    /** Whether the text is an encrypted token by its form. */
    public static boolean isMeant(String token) {
        return EncryptedToken.isMeant(token);
    }

    /**
     * The header of an encrypted token.
     *
     * @throws IllegalArgumentException with a sentence that says what the text is instead
     */
    public static Map<String, Object> header(String token) {
        try {
            return UnverifiedToken.decode(token.substring(0, token.indexOf('.')));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("the header is no JSON object in base64url, with every name once");
        }
    }

    /** Which version writes such tokens: {@code 4}, {@code 5}, or 0 for neither. */
    public static int version(String token) {
        EncryptedToken read = EncryptedToken.read(token);
        if (read == null) {
            return 0;
        }
        return read.keyId() == null && read.encryption() == ContentEncryption.A256GCM ? 4 : 5;
    }

    /**
     * Opens the token as the gateway would, or returns null where it would not.
     *
     * @param cookie where it was found; null is any cookie of the realm
     */
    public @Nullable Opened open(String token, @Nullable String cookie) {
        EncryptedToken read = EncryptedToken.read(token);
        if (read == null) {
            return null;
        }
        for (AuthJsKey key : keys.candidates(read, cookie)) {
            Opened opened = open(read, key);
            if (opened != null) {
                return opened;
            }
        }
        return null;
    }

    /** Why a token does not open, with the other versions and cookie names tried; empty where it does. */
    public List<String> whyNot(String token, @Nullable String cookie) {
        EncryptedToken read = EncryptedToken.read(token);
        if (read == null) {
            return List.of("Auth.js writes no such token: it encrypts directly (dir) with A256GCM (version 4) or"
                    + " A256CBC-HS512 (version 5), and says no more in the header than that and the kid");
        }
        if (open(token, cookie) != null) {
            return List.of();
        }
        for (AuthJsConfig key : config.authJs()) {
            for (SecretBytes secret : key.secrets()) {
                String why = whatFits(read, key, secret, cookie);
                if (why != null) {
                    return List.of(why);
                }
            }
        }
        String writer = version(token) == 4 ? "NEXTAUTH_SECRET" : "AUTH_SECRET";
        return List.of("no configured secret opens it, under any name that is known here: the application encrypts with"
                + " another " + writer
                + (version(token) == 4 ? "" : ", or its cookie has a name that token.from lacks"));
    }

    private @Nullable String whatFits(
            EncryptedToken token, AuthJsConfig key, SecretBytes secret, @Nullable String cookie) {
        if (open(token, AuthJsKey.version4(secret, "")) != null) {
            return "the secret is right, but the token is by version 4 (next-auth), and the secret stands under auth-js: "
                    + key.version() + "; the two derive different keys from one secret: add { auth-js: 4, secret: … }";
        }
        for (String name : names(cookie)) {
            if (open(token, AuthJsKey.version5(secret, name, token.encryption(), "")) != null) {
                return key.version() == 4
                        ? "the secret is right, but the token is by version 5 (Auth.js), and the secret stands under auth-js: 4;"
                                + " the two derive different keys from one secret: add { auth-js: 5, secret: … }"
                        : otherName(name, cookie);
            }
        }
        return null;
    }

    private static String otherName(String name, @Nullable String cookie) {
        String written = "the secret is right, but the token was written for the cookie " + name;
        if (cookie == null) {
            return written + ", which is not in token.from; Auth.js 5 makes a key for each name";
        }
        if (name.equals(AuthJsConfig.SECURE_PREFIX + cookie)) {
            return written
                    + " of https, and came in that of http; Auth.js 5 makes a key for each name: is the site reached by"
                    + " https, and AUTH_URL too?";
        }
        if (cookie.equals(AuthJsConfig.SECURE_PREFIX + name)) {
            return written
                    + " of http, and came in that of https; Auth.js 5 makes a key for each name: does the application"
                    + " know that it is reached by https (AUTH_URL, X-Forwarded-Proto)?";
        }
        return written + ", and came in " + cookie + "; Auth.js 5 makes a key for each name"
                + (name.equals(cookie) ? ", and this one is not in token.from" : "");
    }

    private Set<String> names(@Nullable String cookie) {
        var names = new LinkedHashSet<String>();
        if (cookie != null) {
            names.add(cookie);
            names.add(
                    cookie.startsWith(AuthJsConfig.SECURE_PREFIX)
                            ? cookie.substring(AuthJsConfig.SECURE_PREFIX.length())
                            : AuthJsConfig.SECURE_PREFIX + cookie);
        }
        for (Source place : config.from()) {
            if (place instanceof Source.Cookie searched) {
                names.add(searched.name());
            }
        }
        names.addAll(AuthJsConfig.cookieNames(5));
        names.addAll(AuthJsConfig.cookieNames(4));
        return names;
    }

    private static @Nullable Opened open(EncryptedToken token, AuthJsKey key) {
        if (!key.isFor(token.encryption())) {
            return null;
        }
        byte[] content = JjwtVerifier.decrypt(token, key.key());
        if (content == null) {
            return null;
        }
        try {
            return new Opened(key.origin(), StrictJson.object(content));
        } catch (RuntimeException e) {
            return new Opened(key.origin(), null);
        }
    }
}
