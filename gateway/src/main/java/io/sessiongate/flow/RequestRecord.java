package io.sessiongate.flow;

import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.ObserveMeters;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.TokenVerdict;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What remains of a request when it is over: its meters, its place among the recent refusals, and its line in the access log (logger {@code access}). The line
 * has the path without the query, which may carry a credential, and nothing of token, cookies or session id.
 * Thread-safe; the log's own queue is bounded and never blocks.
 */
public final class RequestRecord {

    private static final Logger ACCESS = LoggerFactory.getLogger("access");
    private static final int MAX_PATH_CHARS = 512;

    private final RequestMeters meters;
    private final boolean log;
    private final LongSupplier nanoTime;
    private final RecentRefusals refusals;

    public RequestRecord(RequestMeters meters, boolean log, LongSupplier nanoTime, RecentRefusals refusals) {
        this.meters = meters;
        this.log = log;
        this.nanoTime = nanoTime;
        this.refusals = refusals;
    }

    void completed(Request request, Completion completion) {
        long totalNanos = nanoTime.getAsLong() - request.startNanos();
        long decisionNanos = request.decidedNanos == 0 ? -1 : request.decidedNanos - request.startNanos();
        meters.completed(request.route, completion.status(), completion.fault(), decisionNanos, totalNanos);
        if (completion.fault() != null || request.would != null) {
            refused(request, completion);
        }
        if (log && ACCESS.isInfoEnabled()) {
            write(request, completion, totalNanos, decisionNanos);
        }
    }

    /** Not of a client that left: nobody refused it. */
    private void refused(Request request, Completion completion) {
        @Nullable String would = request.would;
        boolean observed = would != null && !would.equals(ObserveMeters.FORWARD);
        @Nullable FaultKind fault = completion.fault();
        if (!observed && (fault == null || fault == FaultKind.CLIENT_GONE)) {
            return;
        }
        String reason = observed || fault == null ? Objects.requireNonNull(would) : fault.slug();
        refusals.add(
                observed ? 0 : completion.status(),
                reason,
                request.route,
                detail(request.token, request.session),
                request.id());
    }

    /** What the token or else the session was worth, from closed lists; empty where neither was looked at, or both were good. */
    private static String detail(@Nullable TokenVerdict token, @Nullable SessionVerdict session) {
        if (session != null && !(session instanceof SessionVerdict.Live)) {
            return session(session);
        }
        return token instanceof TokenVerdict.Invalid ? token(token) : "";
    }

    private static void write(Request request, Completion completion, long totalNanos, long decisionNanos) {
        LoggingEventBuilder line = ACCESS.atInfo().addKeyValue("request_id", request.id());
        if (request.trace != null) {
            line = line.addKeyValue("trace_id", request.trace.parent.traceId());
        }
        line = line.addKeyValue("client", request.from().text())
                .addKeyValue("method", request.head().method())
                .addKeyValue("path", path(request.head().target()))
                .addKeyValue("status", completion.status())
                .addKeyValue("outcome", RequestMeters.outcome(completion.status(), completion.fault()))
                .addKeyValue("route", request.route == null ? "none" : request.route.path());
        if (request.token != null) {
            line = line.addKeyValue("token", token(request.token));
        }
        if (request.session != null) {
            line = line.addKeyValue("session", session(request.session));
        }
        if (request.would != null) {
            line = line.addKeyValue("would", request.would);
        }
        if (completion.upstream() != null) {
            line = line.addKeyValue("upstream", completion.upstream());
        }
        line = line.addKeyValue("bytes_in", completion.requestBodyBytes())
                .addKeyValue("bytes_out", completion.responseBodyBytes())
                .addKeyValue("total_us", totalNanos / 1_000);
        if (decisionNanos >= 0) {
            line = line.addKeyValue("decision_us", decisionNanos / 1_000);
        }
        if (completion.answerNanos() >= 0) {
            line = line.addKeyValue("answer_us", completion.answerNanos() / 1_000);
        }
        line.log("request");
    }

    /** Printable ASCII without the query; the rest is written as {@code ?}, so that a line stays a line. */
    static String path(String target) {
        if (!target.startsWith("/")) {
            // "*", or a form that was refused and may name a user and password before its host.
            return target.equals("*") ? target : "?";
        }
        int end = target.indexOf('?');
        end = Math.min(end < 0 ? target.length() : end, MAX_PATH_CHARS);
        for (int i = 0; i < end; i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"') {
                return cleaned(target, end);
            }
        }
        return target.substring(0, end);
    }

    private static String cleaned(String target, int end) {
        StringBuilder path = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            char c = target.charAt(i);
            path.append(c <= ' ' || c >= 0x7f || c == '"' ? '?' : c);
        }
        return path.toString();
    }

    static String token(TokenVerdict verdict) {
        if (verdict instanceof TokenVerdict.Invalid invalid) {
            return lower(invalid.reason());
        }
        return verdict instanceof TokenVerdict.Valid
                ? "valid"
                : verdict instanceof TokenVerdict.Absent
                        ? "absent"
                        : verdict instanceof TokenVerdict.Conflict ? "conflict" : "unavailable";
    }

    static String session(SessionVerdict verdict) {
        if (verdict instanceof SessionVerdict.Live live) {
            return lower(live.how());
        }
        @Nullable Enum<?> reason = verdict instanceof SessionVerdict.Ended ended
                ? ended.reason()
                : verdict instanceof SessionVerdict.Unknown unknown ? unknown.reason() : null;
        return reason == null ? "unknown" : lower(reason);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
