package io.sessiongate.token;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import io.sessiongate.token.TokenVerdict.Reason;
import java.util.List;

/**
 * Finds the one token of a request in the configured places. Two tokens that differ are a conflict wherever they stand:
 * whoever could choose which of them counts could be somebody else to the application than to the gateway. The same
 * token twice is one token; an empty value is none. Immutable, for any thread.
 */
final class TokenFinder {

    private static final Found NOTHING = new Found.Answer(Verdicts.ABSENT);
    private static final Found CONFLICT = new Found.Answer(Verdicts.CONFLICT);
    private static final Found TOO_LARGE = new Found.Answer(Verdicts.invalid(Reason.TOO_LARGE));

    private static final String AUTHORIZATION = "Authorization";
    private static final String COOKIE = "Cookie";
    private static final String BEARER = "Bearer";

    private final Source[] places;
    private final int maxBytes;

    /**
     * A finder.
     *
     * @param maxBytes longest token that is looked at; a longer one makes the request's token {@code TOO_LARGE}
     */
    TokenFinder(List<Source> places, int maxBytes) {
        this.places = places.toArray(new Source[0]);
        this.maxBytes = maxBytes;
    }

    Found find(RequestHead head) {
        Found found = NOTHING;
        for (Source place : places) {
            if (place instanceof Source.Cookie cookie) {
                found = inCookies(head, cookie.name(), found);
            } else if (place instanceof Source.Header header) {
                found = inHeader(head, header.name(), found);
            }
        }
        return found;
    }

    private Found inHeader(RequestHead head, String name, Found before) {
        // Asked first, as it allocates nothing and most places are empty.
        if (head.first(name) == null) {
            return before;
        }
        List<String> lines = head.all(name);
        if (name.equalsIgnoreCase(AUTHORIZATION)) {
            // A singleton field (RFC 9110 section 11.6.2): with two, the application may read the other one.
            return lines.size() == 1 ? bearer(lines.get(0), before) : CONFLICT;
        }
        Found found = before;
        for (String line : lines) {
            found = merge(line, 0, line.length(), found);
        }
        return found;
    }

    /** RFC 6750 section 2.1; the scheme's name has no letter case (RFC 9110 section 11.1). Other schemes are no token. */
    private Found bearer(String line, Found before) {
        int from = skipBlanks(line, 0, line.length());
        int end = from + BEARER.length();
        if (!line.regionMatches(true, from, BEARER, 0, BEARER.length())
                || end == line.length()
                || line.charAt(end) != ' ') {
            return before;
        }
        return merge(line, end, line.length(), before);
    }

    private Found inCookies(RequestHead head, String name, Found before) {
        if (head.first(COOKIE) == null) {
            return before;
        }
        Found found = before;
        // HTTP/2 clients send cookies in several fields (RFC 9113 section 8.2.3).
        for (String line : head.all(COOKIE)) {
            int from = 0;
            while (from < line.length()) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                found = inCookiePair(line, from, to, name, found);
                from = to + 1;
            }
        }
        return found;
    }

    /** RFC 6265 section 4.2.1, with blanks around name and value tolerated as servers do, lest one of them see more. */
    private Found inCookiePair(String line, int pairStart, int pairEnd, String name, Found before) {
        int from = skipBlanks(line, pairStart, pairEnd);
        int end = from + name.length();
        if (end >= pairEnd || !line.startsWith(name, from)) {
            return before;
        }
        int equals = skipBlanks(line, end, pairEnd);
        if (equals == pairEnd || line.charAt(equals) != '=') {
            return before;
        }
        int valueStart = skipBlanks(line, equals + 1, pairEnd);
        int valueEnd = trimBlanks(line, valueStart, pairEnd);
        boolean quoted =
                valueEnd - valueStart >= 2 && line.charAt(valueStart) == '"' && line.charAt(valueEnd - 1) == '"';
        return quoted ? merge(line, valueStart + 1, valueEnd - 1, before) : merge(line, valueStart, valueEnd, before);
    }

    private Found merge(String line, int start, int end, Found before) {
        int from = skipBlanks(line, start, end);
        int to = trimBlanks(line, from, end);
        if (from == to || before == CONFLICT || before == TOO_LARGE) {
            return before;
        }
        if (to - from > maxBytes) {
            return TOO_LARGE;
        }
        if (before instanceof TokenText token) {
            return token.standsIn(line, from, to) ? token : CONFLICT;
        }
        return new TokenText(line.substring(from, to));
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
