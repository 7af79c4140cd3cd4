package io.sessiongate.token;

import org.jspecify.annotations.Nullable;

/**
 * A token as received: what is looked for in a request and the key of the cache at once, so that a hit allocates nothing
 * else.
 *
 * <p>The hash takes the length and the last characters, which belong to the signature and so spread evenly; hashing all
 * of a token costs several times as much as the rest of a look-up. Equality reads every character of both, whatever
 * differs: the time it takes tells nothing of a remembered token.
 */
final class TokenText implements Found {

    private static final int HASHED_CHARACTERS = 24;

    private final String text;
    private final int hash;

    TokenText(String text) {
        this.text = text;
        int hash = text.length();
        for (int i = Math.max(0, text.length() - HASHED_CHARACTERS); i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        this.hash = hash;
    }

    String text() {
        return text;
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
        if (!(other instanceof TokenText that) || text.length() != that.text.length()) {
            return false;
        }
        int difference = 0;
        for (int i = 0; i < text.length(); i++) {
            difference |= text.charAt(i) ^ that.text.charAt(i);
        }
        return difference == 0;
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
