package io.sessiongate.flow;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes every token of a realm out of a request, so that the application sees a visitor who is not signed in. Immutable, for
 * any thread.
 */
final class TokenRemoval {

    private static final String COOKIE = "Cookie";

    private final List<String> headers = new ArrayList<>();
    private final List<String> cookies = new ArrayList<>();

    TokenRemoval(List<Source> places) {
        for (Source place : places) {
            if (place instanceof Source.Header header) {
                headers.add(header.name());
            } else if (place instanceof Source.Cookie cookie) {
                cookies.add(cookie.name());
            }
        }
    }

    void from(RequestHead head) {
        headers.forEach(head::remove);
        if (cookies.isEmpty() || head.first(COOKIE) == null) {
            return;
        }
        StringBuilder rest = new StringBuilder();
        for (String line : head.all(COOKIE)) {
            for (int from = 0; from <= line.length(); ) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                String pair = line.substring(from, to).strip();
                if (!pair.isEmpty() && !isToken(pair)) {
                    rest.append(rest.isEmpty() ? "" : "; ").append(pair);
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

    /** By the beginning of its name: Auth.js joins every cookie whose name begins with the session cookie's. */
    private boolean isToken(String pair) {
        for (String name : cookies) {
            if (pair.startsWith(name)) {
                return true;
            }
        }
        return false;
    }
}
