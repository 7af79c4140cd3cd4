package io.sessiongate.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fields that end at this hop (RFC 9110 section 7.6.1). Stateless. */
public final class HopByHop {

    /**
     * Removed from every message, whether {@code Connection} names them or not: those of RFC 9110 section 7.6.1, and what
     * was meant for this hop, as proxy credentials and the settings of an h2c upgrade are.
     */
    public static final List<String> ALWAYS = List.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");

    private static final FieldName[] ALWAYS_NAMES = FieldName.all(ALWAYS).toArray(FieldName[]::new);

    /**
     * End-to-end fields that framing, routing, authentication or the application rely on. A request that names one in
     * {@code Connection} asks the gateway to judge one request and to send another: it is refused (RFC 9110 section
     * 7.6.1 forbids it to the client as well).
     */
    private static final Set<String> RELIED_ON = Set.of(
            "host",
            "content-length",
            "content-type",
            "content-encoding",
            "content-range",
            "cookie",
            "authorization",
            "origin",
            "access-control-request-method",
            "referer",
            "expect",
            "range",
            "if-match",
            "if-none-match",
            "cache-control",
            "date",
            "via",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-real-ip",
            "x-csrf-token",
            "x-http-method-override",
            "sec-websocket-key",
            "sec-websocket-version");

    private HopByHop() {}

    /**
     * Removes {@code Connection}, every field it names, and the other fields of a single hop. Framing must have been
     * recorded before: {@code Transfer-Encoding} is gone afterwards.
     */
    public static void strip(HeaderFields fields) {
        if (fields.first(FieldName.CONNECTION) != null) {
            for (String line : fields.all(FieldName.CONNECTION)) {
                removeNamed(fields, line);
            }
        }
        for (int i = 0; i < ALWAYS_NAMES.length; i++) {
            fields.remove(ALWAYS_NAMES[i]);
        }
    }

    private static void removeNamed(HeaderFields fields, String line) {
        int start = 0;
        while (start <= line.length()) {
            int comma = line.indexOf(',', start);
            int end = comma < 0 ? line.length() : comma;
            String option = line.substring(start, end).strip();
            // The usual ones are no field names, and whoever names the length cannot have it removed.
            if (!option.isEmpty()
                    && !option.equalsIgnoreCase("close")
                    && !option.equalsIgnoreCase("content-length")
                    && !option.equalsIgnoreCase("host")) {
                fields.remove(option);
            }
            start = end + 1;
        }
    }

    /** The first end-to-end field that the request's {@code Connection} names although it is relied on, or null. */
    public static @Nullable String misnamed(HeaderFields fields) {
        if (fields.first(FieldName.CONNECTION) == null) {
            return null;
        }
        for (String line : fields.all(FieldName.CONNECTION)) {
            if (line.equalsIgnoreCase("keep-alive") || line.equalsIgnoreCase("close")) {
                continue;
            }
            for (String option : line.toLowerCase(Locale.ROOT).split(",", -1)) {
                if (RELIED_ON.contains(option.strip())) {
                    return option.strip();
                }
            }
        }
        return null;
    }
}
