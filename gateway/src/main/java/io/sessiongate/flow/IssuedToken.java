package io.sessiongate.flow;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.ResponseHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The session token that an answer hands out in {@code Set-Cookie}, as a client will send it: in one cookie, or in chunks named
 * {@code <name>.0}, {@code <name>.1} and so on. Immutable, for any thread.
 */
final class IssuedToken {

    private static final String SET_COOKIE = "Set-Cookie";

    /** More than any browser takes for a site. */
    private static final int MOST_CHUNKS = 16;

    private final String[] names;

    IssuedToken(List<Source> places) {
        this.names = places.stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toArray(String[]::new);
    }

    /** Its text, or null where the answer hands out none, or more than one, or an incomplete one. */
    @Nullable String in(ResponseHead head) {
        if (head.first(SET_COOKIE) == null) {
            return null;
        }
        List<String> lines = head.all(SET_COOKIE);
        @Nullable String found = null;
        for (String name : names) {
            @Nullable String token = named(name, lines);
            if (token != null && found != null) {
                return null;
            }
            found = token == null ? found : token;
        }
        return found;
    }

    private static @Nullable String named(String name, List<String> lines) {
        @Nullable String whole = null;
        @Nullable String[] chunks = new String[MOST_CHUNKS];
        int count = 0;
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals < 0 || !line.startsWith(name)) {
                continue;
            }
            int semicolon = line.indexOf(';', equals);
            String value = line.substring(equals + 1, semicolon < 0 ? line.length() : semicolon)
                    .strip();
            String cookie = line.substring(0, equals).stripTrailing();
            int number = cookie.length() == name.length() ? -1 : number(cookie, name.length());
            if (value.isEmpty() || number == MOST_CHUNKS) {
                continue; // it clears a chunk of before, or is another cookie
            }
            if (number < 0) {
                whole = whole == null ? value : "";
            } else {
                count += chunks[number] == null ? 1 : MOST_CHUNKS;
                chunks[number] = value;
            }
        }
        if (whole != null || count == 0) {
            return whole == null || whole.isEmpty() || count > 0 ? null : whole;
        }
        return joined(chunks, count);
    }

    /** The number behind the name's dot, or {@link #MOST_CHUNKS} where there is no such. */
    private static int number(String cookie, int at) {
        int digits = cookie.length() - at - 1;
        if (cookie.charAt(at) != '.' || digits < 1 || digits > 2 || (digits == 2 && cookie.charAt(at + 1) == '0')) {
            return MOST_CHUNKS;
        }
        int number = 0;
        for (int i = at + 1; i < cookie.length(); i++) {
            char c = cookie.charAt(i);
            if (c < '0' || c > '9') {
                return MOST_CHUNKS;
            }
            number = 10 * number + (c - '0');
        }
        return Math.min(number, MOST_CHUNKS);
    }

    private static @Nullable String joined(@Nullable String[] chunks, int count) {
        if (count > MOST_CHUNKS) {
            return null;
        }
        StringBuilder token = new StringBuilder();
        for (int i = 0; i < count; i++) {
            @Nullable String chunk = chunks[i];
            if (chunk == null) {
                return null;
            }
            token.append(chunk);
        }
        return token.toString();
    }
}
