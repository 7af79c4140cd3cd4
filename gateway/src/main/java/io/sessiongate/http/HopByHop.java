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
        for (FieldText line = fields.text(FieldName.CONNECTION); line != null; line = line.next()) {
            removeNamed(fields, line);
        }
        for (int i = 0; i < ALWAYS_NAMES.length; i++) {
            fields.remove(ALWAYS_NAMES[i]);
        }
    }

    private static void removeNamed(HeaderFields fields, FieldText line) {
        for (int start = 0; start <= line.length(); start = line.elementEnd(start) + 1) {
            if (!isOption(line, start) && !line.isElement(start, "content-length") && !line.isElement(start, "host")) {
                String option = line.element(start);
                if (!option.isEmpty()) {
                    fields.remove(option);
                }
            }
        }
    }

    /**
     * The usual ones, which are no names of fields; with those that go in any case. {@code Connection} itself must stay
     * while its lines are read.
     */
    private static boolean isOption(FieldText line, int start) {
        return line.isElement(start, "close")
                || line.isElement(start, "keep-alive")
                || line.isElement(start, "connection");
    }

    /** The first end-to-end field that the request's {@code Connection} names although it is relied on, or null. */
    public static @Nullable String misnamed(HeaderFields fields) {
        for (FieldText line = fields.text(FieldName.CONNECTION); line != null; line = line.next()) {
            for (int start = 0; start <= line.length(); start = line.elementEnd(start) + 1) {
                if (isOption(line, start)) {
                    continue;
                }
                String option = line.element(start).toLowerCase(Locale.ROOT);
                if (RELIED_ON.contains(option)) {
                    return option;
                }
            }
        }
        return null;
    }
}
