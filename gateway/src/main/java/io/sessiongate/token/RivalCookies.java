package io.sessiongate.token;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the session cookies that do not count out of a request, so that the application cannot read another one than the
 * gateway did. A browser keeps the cookie of version 4, or that of http, for a month after it got the one that replaces it.
 * Immutable, for any thread.
 */
public final class RivalCookies {

    private static final String COOKIE = "Cookie";

    private final List<String> names;

    /** Of the cookies among these places. */
    public RivalCookies(List<Source> places) {
        this.names = places.stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toList();
    }

    /** Leaves of the session cookies only this one, with its chunks. No name begins with another: the file may not say so. */
    void removeAllBut(RequestHead head, String cookie) {
        remove(head, cookie);
    }

    /** Leaves none: the application sees a visitor. */
    public void removeAll(RequestHead head) {
        if (!names.isEmpty() && head.first(COOKIE) != null) {
            remove(head, null);
        }
    }

    private void remove(RequestHead head, @Nullable String cookie) {
        StringBuilder rest = new StringBuilder();
        for (String line : head.all(COOKIE)) {
            for (int from = 0; from <= line.length(); ) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                int start = TokenFinder.skipBlanks(line, from, to);
                int end = TokenFinder.trimBlanks(line, start, to);
                if (start < end && !isRival(line, start, cookie)) {
                    rest.append(rest.isEmpty() ? "" : "; ").append(line, start, end);
                }
                from = to + 1;
            }
        }
        if (rest.isEmpty()) {
            head.remove(COOKIE);
        } else {
            head.set(COOKIE, rest);
        }
    }

    /** By the beginning of its name, as Auth.js reads. */
    private boolean isRival(String line, int start, @Nullable String cookie) {
        for (String name : names) {
            if (!name.equals(cookie) && line.startsWith(name, start)) {
                return true;
            }
        }
        return false;
    }
}
