package io.sessiongate.token;

import io.sessiongate.http.FieldText;
import org.jspecify.annotations.Nullable;

/**
 * Collects the cookies of one request whose names begin with a session cookie's and go on. Auth.js cuts a long token into
 * {@code <name>.0}, {@code <name>.1} and so on, but reads whatever begins with the name, in the order of the numbers behind
 * the last dot. So that both read the same, only what it writes is read here, and anything else makes the request's token a
 * conflict: another spelling of a number, a number twice, a gap, the plain name beside chunks, a name that merely begins so.
 *
 * <p>Made for a request that has such a cookie, and confined to its loop. Bound: {@value #MOST} chunks, and the longest token;
 * more is {@code TOO_LARGE}.
 */
final class CookieChunks {

    /** More than any browser keeps at this length for one site. */
    static final int MOST = 16;

    private final @Nullable String[] values = new @Nullable String[MOST];
    private int count;
    private int length;
    private boolean strange;
    private boolean tooMany;

    /**
     * Takes a cookie in.
     *
     * @param suffix what follows the session cookie's name: from there to {@code suffixEnd}
     * @param value its value, or null where the cookie has no equals sign
     */
    void add(FieldText line, int suffix, int suffixEnd, @Nullable String value) {
        int number = number(line, suffix, suffixEnd);
        if (number < 0 || value == null || value.isEmpty()) {
            strange = true;
        } else if (number >= MOST) {
            tooMany = true;
        } else if (values[number] != null) {
            strange = true;
        } else {
            values[number] = value;
            count++;
            length += value.length();
        }
    }

    /** A dot and a number without zeros in front; -1 for anything else, {@link #MOST} for any that is too high. */
    private static int number(FieldText line, int from, int to) {
        int digits = to - from - 1;
        if (digits < 1 || line.charAt(from) != '.' || (digits > 1 && line.charAt(from + 1) == '0')) {
            return -1;
        }
        int number = 0;
        for (int i = from + 1; i < to; i++) {
            char c = line.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = Math.min(MOST, 10 * number + (c - '0'));
        }
        return number;
    }

    /** The token that the chunks make. */
    Found joined(String cookie, int maxBytes) {
        if (strange || (!tooMany && !isContiguous())) {
            return TokenFinder.CONFLICT;
        }
        if (tooMany || length > maxBytes) {
            return TokenFinder.TOO_LARGE;
        }
        var text = new StringBuilder(length);
        for (int i = 0; i < count; i++) {
            text.append(values[i]);
        }
        return new TokenText(text.toString(), cookie);
    }

    private boolean isContiguous() {
        for (int i = 0; i < count; i++) {
            if (values[i] == null) {
                return false;
            }
        }
        return true;
    }
}
