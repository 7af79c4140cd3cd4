package io.sessiongate.flow;

import io.sessiongate.http.ResponseHead;
import java.time.InstantSource;
import java.util.List;

/**
 * Recognises an answer that takes a cookie away: {@code Set-Cookie} with its name and an empty value, {@code Max-Age} of
 * zero or less, or {@code Expires} in the past, read as a browser reads it (RFC 6265 section 5.2). A chunk of the cookie counts
 * as the cookie: Auth.js clears each by itself, also where the token only became shorter, and then it costs one check more.
 * Immutable, for any thread.
 */
final class ClearedCookies {

    private static final String SET_COOKIE = "Set-Cookie";
    private static final String MAX_AGE = "Max-Age";
    private static final String EXPIRES = "Expires";

    private final String[] names;
    private final InstantSource clock;

    ClearedCookies(List<String> names, InstantSource clock) {
        this.names = names.toArray(String[]::new);
        this.clock = clock;
    }

    boolean clearedBy(ResponseHead head) {
        if (names.length == 0 || head.first(SET_COOKIE) == null) {
            return false;
        }
        for (String line : head.all(SET_COOKIE)) {
            if (clears(line)) {
                return true;
            }
        }
        return false;
    }

    private boolean clears(String line) {
        int pairEnd = end(line, ';', 0, line.length());
        int equals = end(line, '=', 0, pairEnd);
        // Without a "=" there is no cookie.
        return equals < pairEnd
                && isOurs(line, equals)
                && (isEmpty(line, equals + 1, pairEnd) || hasExpired(line, pairEnd));
    }

    private boolean isOurs(String line, int nameEnd) {
        int from = skipBlanks(line, 0, nameEnd);
        int to = trimBlanks(line, from, nameEnd);
        for (String name : names) {
            int nameTo = from + name.length();
            if (line.startsWith(name, from) && (nameTo == to || isNumbered(line, nameTo, to))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNumbered(String line, int from, int to) {
        return to - from >= 2
                && line.charAt(from) == '.'
                && line.charAt(from + 1) != '-'
                && isNumber(line, from + 1, to);
    }

    /** Two quotation marks are what some servers write for nothing. */
    private static boolean isEmpty(String line, int valueStart, int valueEnd) {
        int from = skipBlanks(line, valueStart, valueEnd);
        int to = trimBlanks(line, from, valueEnd);
        return from == to || (to - from == 2 && line.startsWith("\"\"", from));
    }

    /** {@code Max-Age} goes before {@code Expires}, and of each the last one counts (section 5.3, step 3). */
    private boolean hasExpired(String line, int attributesStart) {
        boolean hasMaxAge = false;
        boolean agedOut = false;
        long expires = CookieDate.NONE;
        for (int at = attributesStart + 1; at <= line.length(); ) {
            int to = end(line, ';', at, line.length());
            int equals = end(line, '=', at, to);
            int valueStart = skipBlanks(line, Math.min(equals + 1, to), to);
            int valueEnd = trimBlanks(line, valueStart, to);
            if (isNamed(line, at, equals, MAX_AGE) && isNumber(line, valueStart, valueEnd)) {
                hasMaxAge = true;
                agedOut = isZeroOrLess(line, valueStart, valueEnd);
            } else if (isNamed(line, at, equals, EXPIRES)) {
                long date = CookieDate.epochSeconds(line, valueStart, valueEnd);
                expires = date == CookieDate.NONE ? expires : date;
            }
            at = to + 1;
        }
        return hasMaxAge ? agedOut : expires != CookieDate.NONE && expires <= Math.floorDiv(clock.millis(), 1_000L);
    }

    private static boolean isNamed(String line, int start, int end, String name) {
        int from = skipBlanks(line, start, end);
        int to = trimBlanks(line, from, end);
        return to - from == name.length() && line.regionMatches(true, from, name, 0, name.length());
    }

    /** A browser ignores any other {@code Max-Age} (section 5.2.2). */
    private static boolean isNumber(String line, int from, int to) {
        int digits = from < to && line.charAt(from) == '-' ? from + 1 : from;
        if (digits == to) {
            return false;
        }
        for (int i = digits; i < to; i++) {
            if (line.charAt(i) < '0' || line.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isZeroOrLess(String line, int from, int to) {
        if (line.charAt(from) == '-') {
            return true;
        }
        for (int i = from; i < to; i++) {
            if (line.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }

    private static int end(String line, char delimiter, int from, int to) {
        int at = line.indexOf(delimiter, from);
        return at < 0 || at > to ? to : at;
    }

    private static int skipBlanks(String line, int from, int to) {
        int at = from;
        while (at < to && isBlank(line.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int trimBlanks(String line, int from, int to) {
        int end = to;
        while (end > from && isBlank(line.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
