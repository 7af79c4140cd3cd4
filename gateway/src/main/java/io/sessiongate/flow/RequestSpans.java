package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldName;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The spans of a request that is over, by OpenTelemetry's semantic conventions for HTTP: one of the request here, within it
 * one of the wait for its session's check and one of the request to the application. Of the target they have the route's
 * path alone: a path, a query and a header may hold what lets somebody in. Neither the client's address nor its subject is
 * among them. Thread-safe.
 */
final class RequestSpans {

    /** Others are {@code _OTHER}, as the conventions have it: a client chooses the text. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    private static final int MAX_HOST_CHARS = 255;

    private final Spans spans;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    RequestSpans(Spans spans, InstantSource clock, LongSupplier nanoTime) {
        this.spans = spans;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    void write(Request request, Trace trace, Completion completion) {
        Instant now = clock.instant();
        long nowNanos = nanoTime.getAsLong();
        Clock times = new Clock(now.getEpochSecond() * 1_000_000_000L + now.getNano() - nowNanos, nowNanos);
        if (trace.waited && trace.checkedNanos != 0) {
            spans.add(check(request, trace, times));
        }
        if (trace.forwarded) {
            spans.add(client(request, trace, completion, times));
        }
        spans.add(server(request, trace, completion, times));
    }

    /** Monotonic times as those on the wall were now. */
    private record Clock(long offsetNanos, long nowNanos) {
        long epoch(long nanos) {
            return nanos + offsetNanos;
        }

        long end() {
            return epoch(nowNanos);
        }
    }

    private static Span server(Request request, Trace trace, Completion completion, Clock times) {
        String method = method(request);
        @Nullable RouteConfig route = request.route;
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("http.request.method", method);
        attributes.put("url.scheme", request.secure() ? "https" : "http");
        if (route != null) {
            attributes.put("url.path", route.path());
            attributes.put("http.route", route.path());
            host(request, attributes);
        }
        attributes.put("http.response.status_code", (long) completion.status());
        attributes.put("network.protocol.version", version(request.protocol()));
        if (request.token != null) {
            attributes.put("sessiongate.token", RequestRecord.token(request.token));
        }
        if (request.session != null) {
            attributes.put("sessiongate.session.check", RequestRecord.session(request.session));
        }
        if (request.would != null) {
            attributes.put("sessiongate.would", request.would);
        }
        boolean failed = error(completion, 500, attributes)
                && completion.fault() != FaultKind.CLIENT_GONE
                && (completion.status() >= 500 || completion.status() < 400);
        return new Span(
                Span.Kind.SERVER,
                route == null ? method : method + " " + route.path(),
                trace.parent.traceId(),
                TraceParent.spanId(trace.serverSpan),
                trace.continued ? TraceParent.spanId(trace.parent.spanId()) : "",
                true,
                times.epoch(request.startNanos()),
                times.end(),
                failed,
                attributes);
    }

    private static Span client(Request request, Trace trace, Completion completion, Clock times) {
        String method = method(request);
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("http.request.method", method);
        @Nullable RouteConfig route = request.route;
        if (route != null) {
            attributes.put("sessiongate.upstream", route.upstream());
        }
        server(completion.upstream(), attributes);
        if (completion.answerNanos() >= 0) {
            attributes.put("http.response.status_code", (long) completion.status());
        }
        boolean failed = error(completion, 400, attributes) && completion.fault() != FaultKind.CLIENT_GONE;
        return new Span(
                Span.Kind.CLIENT,
                method,
                trace.parent.traceId(),
                TraceParent.spanId(trace.clientSpan),
                TraceParent.spanId(trace.serverSpan),
                false,
                times.epoch(request.decidedNanos),
                times.end(),
                failed,
                attributes);
    }

    private static Span check(Request request, Trace trace, Clock times) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        if (request.session != null) {
            attributes.put("sessiongate.session.check", RequestRecord.session(request.session));
        }
        return new Span(
                Span.Kind.INTERNAL,
                "session check",
                trace.parent.traceId(),
                // Nobody is told this one: it need be no more than another one than its neighbours.
                TraceParent.spanId(~trace.serverSpan == 0 ? 1 : ~trace.serverSpan),
                TraceParent.spanId(trace.serverSpan),
                false,
                times.epoch(trace.askedNanos),
                times.epoch(trace.checkedNanos),
                false,
                attributes);
    }

    /** Says what went wrong, where something did: our own word for it, or else the status from that one on. */
    private static boolean error(Completion completion, int fromStatus, Map<String, Object> attributes) {
        @Nullable FaultKind fault = completion.fault();
        if (fault != null) {
            attributes.put("error.type", fault.slug());
        } else if (completion.status() >= fromStatus) {
            attributes.put("error.type", Integer.toString(completion.status()));
        } else {
            return false;
        }
        return true;
    }

    private static String method(Request request) {
        String method = request.head().method();
        return METHODS.contains(method) ? method : "_OTHER";
    }

    private static String version(Protocol protocol) {
        return switch (protocol) {
            case HTTP_1_0 -> "1.0";
            case HTTP_1_1 -> "1.1";
            case HTTP_2 -> "2";
        };
    }

    /** By the name that the client used; a route was found for it, so it was looked at before. */
    private static void host(Request request, Map<String, Object> attributes) {
        @Nullable String host = request.head().first(FieldName.HOST);
        if (host == null || host.isEmpty() || host.length() > MAX_HOST_CHARS) {
            return;
        }
        int colon = host.lastIndexOf(':');
        attributes.put("server.address", colon > host.lastIndexOf(']') ? host.substring(0, colon) : host);
    }

    /** {@code host:port}; a socket of this machine has no port. */
    private static void server(@Nullable String upstream, Map<String, Object> attributes) {
        if (upstream == null) {
            return;
        }
        int colon = upstream.lastIndexOf(':');
        long port = port(upstream, colon);
        attributes.put("server.address", port < 0 ? upstream : upstream.substring(0, colon));
        if (port >= 0) {
            attributes.put("server.port", port);
        }
    }

    private static long port(String upstream, int colon) {
        long port = colon > 0 && colon < upstream.length() - 1 ? 0 : -1;
        for (int i = colon + 1; i < upstream.length() && port >= 0; i++) {
            char c = upstream.charAt(i);
            port = c >= '0' && c <= '9' && port <= 65_535 ? 10 * port + c - '0' : -1;
        }
        return port;
    }
}
