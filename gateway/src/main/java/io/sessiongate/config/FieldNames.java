package io.sessiongate.config;

import java.util.Locale;
import java.util.Set;

/** Which header names the gateway may write for the application. */
final class FieldNames {

    /** Fields of framing, routing and connection (RFC 9110, RFC 9112), credentials, and what proxies say. */
    private static final Set<String> RESERVED = Set.of(
            "accept",
            "authorization",
            "cache-control",
            "connection",
            "cookie",
            "date",
            "expect",
            "forwarded",
            "from",
            "host",
            "http2-settings",
            "keep-alive",
            "max-forwards",
            "origin",
            "range",
            "referer",
            "server",
            "set-cookie",
            "te",
            "traceparent",
            "tracestate",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "via",
            "www-authenticate",
            "x-middleware-subrequest",
            "x-real-ip",
            "x-request-id");

    private static final Set<String> RESERVED_PREFIXES =
            Set.of("accept-", "access-control-", "content-", "if-", "proxy-", "sec-", "x-forwarded-");

    private FieldNames() {}

    /** Spellings that an application may take for one name have one normalised form. */
    static String normalised(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
    }

    /** The name itself; throws {@link IllegalArgumentException} with a sentence when it means something else in HTTP. */
    static String writable(String name) {
        String normalised = normalised(name);
        if (RESERVED.contains(normalised) || RESERVED_PREFIXES.stream().anyMatch(normalised::startsWith)) {
            throw new IllegalArgumentException(
                    "this header has a meaning of its own in HTTP; expected one of yours, such as X-Auth-Subject");
        }
        return name;
    }
}
