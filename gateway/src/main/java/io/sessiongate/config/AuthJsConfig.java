package io.sessiongate.config;

import java.util.List;
import java.util.Objects;

/**
 * Secrets of an Auth.js application, from which the keys of its session cookie are derived.
 *
 * @param version 4 or 5: they derive differently and write different tokens
 * @param secrets at least one, the newest first
 * @param location where the key stands in the file
 */
public record AuthJsConfig(int version, List<SecretBytes> secrets, String location) {

    /** What Auth.js puts before the cookie's name where the site is reached over https. */
    public static final String SECURE_PREFIX = "__Secure-";

    public AuthJsConfig {
        secrets = List.copyOf(secrets);
        Objects.requireNonNull(location, "location");
        if (version != 4 && version != 5) {
            throw new IllegalArgumentException("there is no Auth.js version " + version + " here");
        }
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("a key needs a secret");
        }
    }

    /** The names of the session cookie where the application chose none: over https, and over http. */
    public List<String> cookieNames() {
        return cookieNames(version);
    }

    /** The same of any version. */
    public static List<String> cookieNames(int version) {
        String name = version == 4 ? "next-auth.session-token" : "authjs.session-token";
        return List.of(SECURE_PREFIX + name, name);
    }
}
