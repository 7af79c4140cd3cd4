package io.sessiongate.listener;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.WireRequest;
import org.jspecify.annotations.Nullable;

/**
 * Whether a head may be read in one way only. What passes has exactly one framing, one authority and one target, each
 * in its plainest form; everything else is refused and never repaired, because the application behind might repair it
 * in another way. Stateless.
 */
final class HeadRules {

    private final LimitsConfig limits;

    HeadRules(LimitsConfig limits) {
        this.limits = limits;
    }

    /** The fault of a head, or null; a target in absolute form is rewritten to origin form and {@code Host}. */
    @Nullable Fault check(WireRequest request) {
        Fault fault = framing(request);
        if (fault == null) {
            fault = method(request);
        }
        if (fault == null) {
            fault = authority(request);
        }
        if (fault == null) {
            fault = connection(request);
        }
        return fault == null ? body(request) : fault;
    }

    /** RFC 9112 sections 6.1 to 6.3. */
    private static @Nullable Fault framing(WireRequest request) {
        int lengths = request.count(FieldName.CONTENT_LENGTH);
        if (request.contains(FieldName.TRANSFER_ENCODING)) {
            if (lengths > 0) {
                return malformed("Both Content-Length and Transfer-Encoding are given.");
            }
            if (request.count(FieldName.TRANSFER_ENCODING) > 1
                    || !"chunked".equalsIgnoreCase(request.first(FieldName.TRANSFER_ENCODING))) {
                return malformed("The only transfer coding taken is chunked.");
            }
            if (request.http10()) {
                return malformed("HTTP/1.0 has no Transfer-Encoding.");
            }
        }
        if (lengths > 1 || (lengths == 1 && request.number(FieldName.CONTENT_LENGTH) < 0)) {
            return malformed("Content-Length is not one number.");
        }
        if (request.contains("sec-websocket-key1") || request.contains("sec-websocket-key2")) {
            // A draft of WebSocket in which a GET has eight bytes of body without saying so.
            return malformed("This draft of WebSocket is not supported.");
        }
        return null;
    }

    private static @Nullable Fault method(WireRequest request) {
        String name = request.method();
        return name.equals("CONNECT") || name.equals("TRACE") ? Fault.of(FaultKind.METHOD_NOT_ALLOWED) : null;
    }

    /** RFC 9112 sections 3.2 and 3.2.2 to 3.2.4. */
    private static @Nullable Fault authority(WireRequest request) {
        int hosts = request.count(FieldName.HOST);
        if (hosts > 1 || (hosts == 0 && !request.http10())) {
            return malformed("Exactly one Host is needed.");
        }
        String host = request.first(FieldName.HOST);
        if (host != null && !Authority.valid(host)) {
            return malformed("Host is not a name or address with or without a port.");
        }
        String target = request.target();
        if (target.charAt(0) == '/') {
            return null;
        }
        boolean options = request.method().equals("OPTIONS");
        if (target.equals("*")) {
            return options ? null : malformed("Only OPTIONS may have the target *.");
        }
        return absolute(request, target, options);
    }

    private static @Nullable Fault absolute(WireRequest request, String target, boolean options) {
        int start = target.regionMatches(true, 0, "http://", 0, 7)
                ? 7
                : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
        if (start < 0) {
            return malformed("The request target is neither a path nor an http or https address.");
        }
        int end = start;
        while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
            end++;
        }
        String authority = target.substring(start, end);
        if (!Authority.valid(authority)) {
            return malformed("The authority of the request target is not a name or address.");
        }
        String rest = target.substring(end);
        if (rest.isEmpty()) {
            rest = options ? "*" : "/";
        } else if (rest.charAt(0) == '?') {
            rest = "/" + rest;
        }
        request.target(rest);
        request.set("Host", authority);
        return null;
    }

    private static @Nullable Fault connection(WireRequest request) {
        if (HopByHop.misnamed(request) != null) {
            return malformed("Connection names a field that is not for this hop.");
        }
        if (request.contains(FieldName.EXPECT)
                && (request.count(FieldName.EXPECT) > 1
                        || !"100-continue".equalsIgnoreCase(request.first(FieldName.EXPECT)))) {
            return malformed("The only expectation known is 100-continue.");
        }
        return null;
    }

    private @Nullable Fault body(WireRequest request) {
        return request.number(FieldName.CONTENT_LENGTH) > limits.requestBodyBytes()
                ? Fault.of(FaultKind.BODY_TOO_LARGE)
                : null;
    }

    private static Fault malformed(String detail) {
        return new Fault(FaultKind.MALFORMED_REQUEST, detail);
    }
}
