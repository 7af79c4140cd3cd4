package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A token as received: what is looked for in a request and the key of the cache at once, so that a hit allocates nothing
 * else.
 *
 * <p>The hash takes the length and the last characters, which belong to the signature and so spread evenly; hashing all
 * of a token costs several times as much as the rest of a look-up. Equality reads every character of both, whatever
 * differs: the time it takes tells nothing of a remembered token. The cookie is part of it: a token that is good in one may
 * be none in another.
 */
final class TokenText implements Found {

    private static final int HASHED_CHARACTERS = 24;

    private final String text;
    private final @Nullable String cookie;
    private final boolean amongOthers;
    private final int hash;
    private byte @Nullable [] octets;

    /** A token of which it does not matter where it was found. */
    TokenText(String text) {
        this(text, null);
    }

    /** A token that only this cookie's key may open; null for one from a header. */
    TokenText(String text, @Nullable String cookie) {
        this(text, cookie, false);
    }

    private TokenText(String text, @Nullable String cookie, boolean amongOthers) {
        this.text = text;
        this.cookie = cookie;
        this.amongOthers = amongOthers;
        int hash = text.length();
        for (int i = Math.max(0, text.length() - HASHED_CHARACTERS); i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        this.hash = hash;
    }

    String text() {
        return text;
    }

    @Nullable String cookie() {
        return cookie;
    }

    /** The same token, found beside other session cookies that do not count; no other key of the cache. */
    TokenText besideOthers() {
        return amongOthers ? this : new TokenText(text, cookie, true);
    }

    boolean isAmongOthers() {
        return amongOthers;
    }

    /** Whether this is the text that stands in {@code line} from {@code from} to {@code to}. */
    boolean standsIn(String line, int from, int to) {
        return text.length() == to - from && line.startsWith(text, from);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof TokenText that)
                || text.length() != that.text.length()
                || !Objects.equals(cookie, that.cookie)) {
            return false;
        }
        return SameOctets.of(octets(), that.octets()) && text.equals(that.text);
    }

    /** Made when it is first compared. Written by whoever does, always to the same. */
    private byte[] octets() {
        byte[] known = octets;
        if (known == null) {
            known = text.getBytes(StandardCharsets.ISO_8859_1);
            octets = known;
        }
        return known;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "TokenText";
    }
}
