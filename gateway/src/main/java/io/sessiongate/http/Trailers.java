package io.sessiongate.http;

import java.util.Locale;
import java.util.Set;

/** Which fields may not stand behind a body (RFC 9110 section 6.5.1): a recipient that merges them would be misled. */
public final class Trailers {

    private static final Set<String> FORBIDDEN = Set.of(
            // framing and the connection
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "upgrade",
            // routing and request modifiers
            "host",
            "expect",
            "max-forwards",
            "range",
            "cache-control",
            "pragma",
            "via",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            // authentication and state
            "authorization",
            "proxy-authenticate",
            "proxy-authorization",
            "www-authenticate",
            "cookie",
            "set-cookie",
            // response control and content format
            "age",
            "date",
            "expires",
            "location",
            "retry-after",
            "vary",
            "warning",
            "content-encoding",
            "content-type",
            "content-range");

    private Trailers() {}

    /** True where a trailer field of that name is dropped, in either direction. */
    public static boolean forbidden(CharSequence name) {
        return FORBIDDEN.contains(name.toString().toLowerCase(Locale.ROOT));
    }
}
