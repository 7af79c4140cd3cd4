package io.sessiongate.flow;

import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.metrics.CookieMeters;
import io.sessiongate.session.SessionGate;
import io.sessiongate.token.OpaqueToken;
import io.sessiongate.token.VerifiedToken;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Gives the client its session's cookie again once the session lasts longer than the cookie may: the same name and value with the
 * row's expiry, as Auth.js does whenever it is asked for a session. Immutable, for any thread.
 *
 * <p>An answer that a shared cache might keep carries none, as the cache would hand it to others (RFC 9111 section 7.3): only one
 * that says {@code private} or {@code no-store}, or says nothing at all and is then made private. Nor does one in which the application says
 * something of the cookie itself. The next answer that may carries it then.
 */
public final class RenewedCookies {

    private static final String SET_COOKIE = "Set-Cookie";
    private static final String CACHE_CONTROL = "Cache-Control";
    private static final String EXPIRES = "Expires";

    private final String[] names;
    private final RenewConfig config;
    private final SessionGate sessions;
    private final CookieMeters meters;

    /** {@code places}: where the realm's tokens are found; its cookies among them are given again. */
    public RenewedCookies(List<Source> places, RenewConfig config, SessionGate sessions, CookieMeters meters) {
        this.names = places.stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toArray(String[]::new);
        this.config = config;
        this.sessions = sessions;
        this.meters = meters;
    }

    /** Adds the cookie to a final answer where it is due and may be in it; {@code token} is that of a session that was let in. */
    void renew(RequestHead request, VerifiedToken token, ResponseHead answer) {
        int status = answer.status();
        boolean isWhole = status >= 200 && status != 304;
        if (!isWhole || setsOurs(answer) || !staysPrivate(answer)) {
            return;
        }
        @Nullable Presented cookie = presented(request, token);
        if (cookie == null) {
            return; // it came in a header
        }
        long until = sessions.takeCookieUntilEpochMillis(token);
        if (until < 0) {
            return;
        }
        if (answer.first(CACHE_CONTROL) == null) {
            answer.set(CACHE_CONTROL, "private");
        }
        answer.add(SET_COOKIE, text(cookie, until));
        meters.renewed();
    }

    /** A cookie as it came, without quotation marks. */
    private record Presented(String name, String value) {}

    private String text(Presented cookie, long untilEpochMillis) {
        boolean host = cookie.name().startsWith("__Host-");
        StringBuilder text = new StringBuilder(160)
                .append(cookie.name())
                .append('=')
                .append(cookie.value())
                .append("; Path=/; Expires=")
                .append(DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        Instant.ofEpochMilli(untilEpochMillis).atOffset(ZoneOffset.UTC)));
        if (config.domain() != null && !host) {
            text.append("; Domain=").append(config.domain());
        }
        if (config.secure() || host || cookie.name().startsWith("__Secure-")) {
            text.append("; Secure");
        }
        return text.append("; HttpOnly; SameSite=").append(config.sameSite()).toString();
    }

    private boolean setsOurs(ResponseHead answer) {
        if (answer.first(SET_COOKIE) == null) {
            return false;
        }
        for (String line : answer.all(SET_COOKIE)) {
            int equals = line.indexOf('=');
            String name = equals < 0 ? "" : line.substring(0, equals).strip();
            for (String ours : names) {
                if (name.equals(ours)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean staysPrivate(ResponseHead answer) {
        if (answer.first(CACHE_CONTROL) == null) {
            return answer.first(EXPIRES) == null;
        }
        boolean isPrivate = false;
        for (String line : answer.all(CACHE_CONTROL)) {
            String lower = line.toLowerCase(Locale.ROOT);
            for (int from = 0; from <= lower.length(); ) {
                int comma = lower.indexOf(',', from);
                int to = comma < 0 ? lower.length() : comma;
                String directive = lower.substring(from, to).strip();
                // With a list of fields behind it, private is about those alone.
                isPrivate |= directive.equals("private") || directive.equals("no-store");
                if (directive.equals("public") || directive.startsWith("s-maxage")) {
                    return false;
                }
                from = to + 1;
            }
        }
        return isPrivate;
    }

    private @Nullable Presented presented(RequestHead request, VerifiedToken token) {
        if (request.first("Cookie") == null) {
            return null;
        }
        for (String line : request.all("Cookie")) {
            for (int from = 0; from < line.length(); ) {
                int semicolon = line.indexOf(';', from);
                int to = semicolon < 0 ? line.length() : semicolon;
                int equals = line.indexOf('=', from);
                if (equals >= 0 && equals < to) {
                    String name = line.substring(from, equals).strip();
                    String value = unquoted(line.substring(equals + 1, to).strip());
                    if (isOurs(name) && token.sessionId().equals(OpaqueToken.decoded(value))) {
                        return new Presented(name, value);
                    }
                }
                from = to + 1;
            }
        }
        return null;
    }

    private boolean isOurs(String name) {
        for (String ours : names) {
            if (ours.equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1).strip() : value;
    }
}
