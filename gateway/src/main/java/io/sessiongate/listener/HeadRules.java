package io.sessiongate.listener;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessageDecoderResult;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.RequestHead;
import java.util.List;
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
    @Nullable Fault check(HttpRequest request, RequestHead view) {
        if (request.decoderResult().isFailure()) {
            return undecodable(request.decoderResult().cause());
        }
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && !request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            return Fault.of(FaultKind.VERSION_NOT_SUPPORTED);
        }
        Fault fault = size(request);
        if (fault == null) {
            fault = framing(request);
        }
        if (fault == null) {
            fault = methodAndTarget(request);
        }
        if (fault == null) {
            fault = authority(request);
        }
        if (fault == null) {
            fault = connection(request, view);
        }
        return fault == null ? body(request) : fault;
    }

    private static Fault undecodable(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Fault.of(FaultKind.URI_TOO_LONG);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Fault.of(FaultKind.HEAD_TOO_LARGE);
        }
        return Fault.of(FaultKind.MALFORMED_REQUEST);
    }

    private @Nullable Fault size(HttpRequest request) {
        if (request.uri().length() > limits.requestTargetBytes()) {
            return Fault.of(FaultKind.URI_TOO_LONG);
        }
        boolean large = request.decoderResult() instanceof HttpMessageDecoderResult sizes
                && sizes.totalSize() > limits.requestHeadBytes();
        if (large || request.headers().size() > limits.headerCount()) {
            return Fault.of(FaultKind.HEAD_TOO_LARGE);
        }
        return null;
    }

    /** RFC 9112 sections 6.1 to 6.3. */
    private static @Nullable Fault framing(HttpRequest request) {
        HttpHeaders headers = request.headers();
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            if (!lengths.isEmpty()) {
                return malformed("Both Content-Length and Transfer-Encoding are given.");
            }
            if (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))) {
                return malformed("The only transfer coding taken is chunked.");
            }
            if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
                return malformed("HTTP/1.0 has no Transfer-Encoding.");
            }
        }
        if (lengths.size() > 1 || (lengths.size() == 1 && !digits(lengths.get(0)))) {
            return malformed("Content-Length is not one number.");
        }
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)
                || headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY2)) {
            // A draft of WebSocket in which a GET has eight bytes of body without saying so; Netty's decoder knows it.
            return malformed("This draft of WebSocket is not supported.");
        }
        return null;
    }

    private static boolean digits(String text) {
        if (text.isEmpty() || text.length() > 18) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Fault methodAndTarget(HttpRequest request) {
        String name = request.method().name();
        if (name.equals("CONNECT") || name.equals("TRACE")) {
            return Fault.of(FaultKind.METHOD_NOT_ALLOWED);
        }
        String target = request.uri();
        if (target.isEmpty()) {
            return malformed("The request target is missing.");
        }
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return malformed("The request target has a character that does not belong there.");
            }
        }
        return null;
    }

    /** RFC 9112 sections 3.2 and 3.2.2 to 3.2.4. */
    private static @Nullable Fault authority(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        boolean http10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (hosts.size() > 1 || (hosts.isEmpty() && !http10)) {
            return malformed("Exactly one Host is needed.");
        }
        if (!hosts.isEmpty() && !Authority.valid(hosts.get(0))) {
            return malformed("Host is not a name or address with or without a port.");
        }
        String target = request.uri();
        if (target.charAt(0) == '/') {
            return null;
        }
        boolean options = request.method().name().equals("OPTIONS");
        if (target.equals("*")) {
            return options ? null : malformed("Only OPTIONS may have the target *.");
        }
        return absolute(request, target, options);
    }

    private static @Nullable Fault absolute(HttpRequest request, String target, boolean options) {
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
        request.setUri(rest);
        request.headers().set(HttpHeaderNames.HOST, authority);
        return null;
    }

    private static @Nullable Fault connection(HttpRequest request, RequestHead view) {
        if (HopByHop.misnamed(view) != null) {
            return malformed("Connection names a field that is not for this hop.");
        }
        List<String> expectations = request.headers().getAll(HttpHeaderNames.EXPECT);
        if (!expectations.isEmpty()
                && (expectations.size() > 1
                        || !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectations.get(0)))) {
            return malformed("The only expectation known is 100-continue.");
        }
        return null;
    }

    private @Nullable Fault body(HttpRequest request) {
        String length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && Long.parseLong(length) > limits.requestBodyBytes()
                ? Fault.of(FaultKind.BODY_TOO_LARGE)
                : null;
    }

    private static Fault malformed(String detail) {
        return new Fault(FaultKind.MALFORMED_REQUEST, detail);
    }
}
