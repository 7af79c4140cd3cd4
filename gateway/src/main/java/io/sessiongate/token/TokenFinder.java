package io.sessiongate.token;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.RequestHead;
import io.sessiongate.token.TokenVerdict.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the one token of a request in the configured places. Two tokens that differ are a conflict wherever they stand:
 * whoever could choose which of them counts could be somebody else to the application than to the gateway. The same
 * token twice is one token; an empty value is none. Immutable, for any thread.
 *
 * <p>Auth.js reads more than others do, and so does this where a realm has its keys: chunks ({@link CookieChunks}); and a
 * bearer token in the place of a cookie that it finds empty, so that such a token counts though nobody configured it, and a
 * cookie that is there twice, once empty, is a conflict. Which cookie a token is from is remembered with it; of several
 * cookies, as they are there for a while when the application changes its version, the first that is configured counts.
 */
final class TokenFinder {

    static final Found NOTHING = new Found.Answer(Verdicts.ABSENT);
    static final Found CONFLICT = new Found.Answer(Verdicts.CONFLICT);
    static final Found TOO_LARGE = new Found.Answer(Verdicts.invalid(Reason.TOO_LARGE));

    private static final FieldName AUTHORIZATION = FieldName.AUTHORIZATION;
    private static final FieldName COOKIE = FieldName.COOKIE;
    private static final String BEARER = "Bearer";

    private final Source[] places;

    /** Of the headers among the places; else null. */
    private final @Nullable FieldName[] headers;

    private final int maxBytes;
    private final boolean authJs;
    private final boolean bearerConfigured;

    /** A finder for signed tokens. */
    TokenFinder(List<Source> places, int maxBytes) {
        this(places, maxBytes, false);
    }

    /**
     * A finder.
     *
     * @param maxBytes longest token that is looked at; a longer one makes the request's token {@code TOO_LARGE}
     * @param authJs whether the application may be one with Auth.js
     */
    TokenFinder(List<Source> places, int maxBytes, boolean authJs) {
        this.places = places.toArray(new Source[0]);
        this.headers = places.stream()
                .map(place -> place instanceof Source.Header header ? FieldName.of(header.name()) : null)
                .toArray(FieldName[]::new);
        this.maxBytes = maxBytes;
        this.authJs = authJs;
        this.bearerConfigured = places.stream()
                .anyMatch(place -> place instanceof Source.Header header
                        && header.name().equalsIgnoreCase(AUTHORIZATION.toString()));
    }

    Found find(RequestHead head) {
        Found found = NOTHING;
        for (int i = 0; i < places.length; i++) {
            FieldName header = headers[i];
            if (header != null) {
                found = inHeader(head, header, found);
            } else if (places[i] instanceof Source.Cookie cookie) {
                found = authJs ? inAuthJsCookie(head, cookie.name(), found) : inCookies(head, cookie.name(), found);
            }
        }
        return authJs && !bearerConfigured && found instanceof TokenText token ? besideBearers(head, token) : found;
    }

    private Found inHeader(RequestHead head, FieldName name, Found before) {
        FieldText line = head.text(name);
        if (line == null) {
            return before;
        }
        if (name.equals(AUTHORIZATION)) {
            // A singleton field (RFC 9110 section 11.6.2): with two, the application may read the other one.
            return line.next() == null ? bearer(line, before) : CONFLICT;
        }
        Found found = before;
        for (; line != null; line = line.next()) {
            found = merge(line, 0, line.length(), null, found);
        }
        return found;
    }

    /** RFC 6750 section 2.1; the scheme's name has no letter case (RFC 9110 section 11.1). Other schemes are no token. */
    private Found bearer(FieldText line, Found before) {
        int from = bearerStart(line);
        return from < 0 ? before : merge(line, from, line.length(), null, before);
    }

    private static int bearerStart(FieldText line) {
        int from = skipBlanks(line, 0, line.length());
        int end = from + BEARER.length();
        return line.startsWithIgnoreCase(BEARER, from) && end < line.length() && line.charAt(end) == ' ' ? end : -1;
    }

    /**
     * Auth.js takes a bearer token where it finds no cookie, and the application may have another name for its cookie than
     * the one that was found. What cannot be an encrypted token, once its percent signs are decoded, is for somebody else.
     */
    private Found besideBearers(RequestHead head, TokenText token) {
        for (FieldText line = head.text(AUTHORIZATION); line != null; line = line.next()) {
            int from = bearerStart(line);
            boolean encrypted = from >= 0 && (line.indexOf('%', from) >= 0 || hasFiveParts(line, from));
            if (encrypted && merge(line, from, line.length(), null, token) != token) {
                return CONFLICT;
            }
        }
        return token;
    }

    /** Or more: Auth.js takes no notice of what follows after a space. */
    private static boolean hasFiveParts(FieldText line, int from) {
        int dots = 0;
        for (int dot = line.indexOf('.', from); dot >= 0 && dots < 4; dot = line.indexOf('.', dot + 1)) {
            dots++;
        }
        return dots == 4;
    }

    private Found inCookies(RequestHead head, String name, Found before) {
        Found found = before;
        // HTTP/2 clients send cookies in several fields (RFC 9113 section 8.2.3).
        for (FieldText line = head.text(COOKIE); line != null; line = line.next()) {
            int from = 0;
            while (from < line.length()) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                int nameEnd = nameEnd(line, from, to, name);
                int equals = nameEnd < 0 ? to : skipBlanks(line, nameEnd, to);
                if (equals < to && line.charAt(equals) == '=') {
                    found = mergeValue(line, equals + 1, to, null, found);
                }
                from = to + 1;
            }
        }
        return found;
    }

    /** The same for a cookie that Auth.js may have cut. */
    private Found inAuthJsCookie(RequestHead head, String name, Found before) {
        FieldText first = head.text(COOKIE);
        if (first == null) {
            return before;
        }
        Found whole = NOTHING;
        int seen = 0;
        boolean empty = false;
        @Nullable CookieChunks chunks = null;
        for (FieldText line = first; line != null; line = line.next()) {
            int from = 0;
            while (from < line.length()) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                int nameEnd = nameEnd(line, from, to, name);
                if (nameEnd >= 0) {
                    int equals = line.indexOf('=', nameEnd);
                    int suffixEnd = trimBlanks(line, nameEnd, equals < 0 || equals > to ? to : equals);
                    boolean valued = equals >= 0 && equals < to;
                    if (suffixEnd == nameEnd && valued) {
                        Found more = mergeValue(line, equals + 1, to, name, whole);
                        empty |= isEmpty(line, equals + 1, to);
                        seen++;
                        whole = more;
                    } else {
                        chunks = chunks == null ? new CookieChunks() : chunks;
                        chunks.add(line, nameEnd, suffixEnd, valued ? value(line, equals + 1, to) : null);
                    }
                }
                from = to + 1;
            }
        }
        if (chunks != null) {
            return both(before, seen == 0 ? chunks.joined(name, maxBytes) : CONFLICT);
        }
        return both(before, seen > 1 && empty ? CONFLICT : whole);
    }

    /**
     * What counts of what was found before and what is in a cookie. The first cookie in the order of the configuration
     * does, and all others are kept from the application; a token from a header must be the same as that of a cookie, whose
     * name it takes.
     */
    private static Found both(Found before, Found inCookie) {
        if (before == CONFLICT || before == TOO_LARGE || inCookie == NOTHING) {
            return before;
        }
        if (!(before instanceof TokenText token)) {
            return inCookie;
        }
        if (token.cookie() != null) {
            return token.besideOthers();
        }
        boolean same = inCookie instanceof TokenText other && token.sameText(other);
        return same || inCookie == TOO_LARGE ? inCookie : CONFLICT;
    }

    /** Where the name ends with which the cookie begins, or -1; blanks around it are tolerated, lest a server see more. */
    private static int nameEnd(FieldText line, int pairStart, int pairEnd, String name) {
        int from = skipBlanks(line, pairStart, pairEnd);
        int end = from + name.length();
        return end <= pairEnd && line.startsWith(name, from) ? end : -1;
    }

    /** RFC 6265 section 4.2.1, with blanks around the value tolerated as servers do, lest one of them see more. */
    private Found mergeValue(FieldText line, int start, int end, @Nullable String cookie, Found before) {
        int from = skipBlanks(line, start, end);
        int to = trimBlanks(line, from, end);
        return isQuoted(line, from, to)
                ? merge(line, from + 1, to - 1, cookie, before)
                : merge(line, from, to, cookie, before);
    }

    private static String value(FieldText line, int start, int end) {
        int from = skipBlanks(line, start, end);
        int to = trimBlanks(line, from, end);
        return isQuoted(line, from, to) ? line.substring(from + 1, to - 1) : line.substring(from, to);
    }

    private static boolean isEmpty(FieldText line, int start, int end) {
        int from = skipBlanks(line, start, end);
        int to = trimBlanks(line, from, end);
        return from == to || (to - from == 2 && isQuoted(line, from, to));
    }

    private static boolean isQuoted(FieldText line, int from, int to) {
        return to - from >= 2 && line.charAt(from) == '"' && line.charAt(to - 1) == '"';
    }

    private Found merge(FieldText line, int start, int end, @Nullable String cookie, Found before) {
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
        return new TokenText(line, from, to, cookie);
    }

    static int skipBlanks(CharSequence line, int from, int to) {
        int at = from;
        while (at < to && isBlank(line.charAt(at))) {
            at++;
        }
        return at;
    }

    static int trimBlanks(CharSequence line, int from, int to) {
        int end = to;
        while (end > from && isBlank(line.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    /** The no-break space is one to {@code String.trim} of JavaScript, by which servers there read names. */
    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\u00a0';
    }
}
