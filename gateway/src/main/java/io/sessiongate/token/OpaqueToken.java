package io.sessiongate.token;

import io.sessiongate.token.TokenVerdict.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Reads a token that is the session's id itself, as a cookie carries it: percent-encoded where it has to be (Auth.js and others
 * write cookies with {@code encodeURIComponent}), visible ASCII once it is decoded, and long enough not to be guessed.
 * Stateless.
 */
public final class OpaqueToken {

    /** A number that counts up is no secret. */
    static final int SHORTEST = 16;

    static final int LONGEST = 512;

    private OpaqueToken() {}

    /** {@code Valid}, which says no more than that it may be one, or {@code Invalid}. */
    static TokenVerdict read(String text) {
        String id = decoded(text);
        return id == null
                ? Verdicts.invalid(Reason.MALFORMED)
                : new TokenVerdict.Valid(VerifiedToken.opaque(id, TokenHash.of(text)));
    }

    /** The id that a cookie with this value names, decoded once; null where it names none. */
    public static @Nullable String decoded(String text) {
        if (text.length() > 3 * LONGEST) {
            return null;
        }
        StringBuilder id = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            int c = text.charAt(i);
            if (c == '%') {
                c = i + 2 < text.length() ? 16 * digit(text.charAt(i + 1)) + digit(text.charAt(i + 2)) : -1;
                i += 2;
            }
            if (c <= ' ' || c >= 0x7f) {
                return null;
            }
            id.append((char) c);
        }
        return id.length() < SHORTEST || id.length() > LONGEST ? null : id.toString();
    }

    /** Far below zero where it is none, so that no sum with another one is above. */
    private static int digit(char c) {
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        return digit < 0 ? -1024 : digit;
    }
}
