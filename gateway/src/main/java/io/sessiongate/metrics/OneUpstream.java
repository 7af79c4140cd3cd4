package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.sessiongate.http.FaultKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The meters of one upstream. Safe to use from any thread. */
public final class OneUpstream {

    private static final List<FaultKind> KINDS = List.of(
            FaultKind.UPSTREAM_UNREACHABLE,
            FaultKind.UPSTREAM_BROKE,
            FaultKind.UPSTREAM_BUSY,
            FaultKind.UPSTREAM_TIMEOUT);

    private final MeterRegistry registry;
    private final Tags tags;
    private final MeterSet meters;
    private final Timer acquire;
    private final Counter connects;
    private final Counter connectFailures;
    private final Counter handshakes;
    private final Counter resumptions;
    private final Counter reread;
    private final Counter notReread;
    private final Map<FaultKind, Counter> errors = new EnumMap<>(FaultKind.class);
    private final Counter staleRetries;
    private final Counter otherRetries;
    private final Counter retriesRefused;
    private final Timer answer;

    OneUpstream(MeterRegistry registry, String name, UpstreamMeters.Counts counts) {
        this.registry = registry;
        this.tags = Tags.of("upstream", name);
        this.meters = new MeterSet(registry, tags);
        gauges(counts);
        acquire = meters.timer(UpstreamMeters.ACQUIRE, "Time a request waited for a connection, where it had to");
        connects = meters.counter(UpstreamMeters.CONNECTS, "Connections opened", "connections");
        connectFailures =
                meters.counter(UpstreamMeters.CONNECT_FAILURES, "Attempts to connect that failed", "attempts");
        handshakes = handshakes(false);
        resumptions = handshakes(true);
        reread = rereads("ok");
        notReread = rereads("failed");
        for (FaultKind kind : KINDS) {
            errors.put(
                    kind,
                    meters.counter(
                            UpstreamMeters.ERRORS,
                            "Requests the upstream did not answer as it should",
                            "requests",
                            Tags.of("kind", kind.slug())));
        }
        staleRetries = retries("stale");
        otherRetries = retries("unanswered");
        retriesRefused = meters.counter(
                UpstreamMeters.RETRIES_REFUSED,
                "Requests that were not sent again because too many were already",
                "requests");
        answer = meters.timer(UpstreamMeters.ANSWER, "Time from sending a request to the head of its answer");
    }

    private void gauges(UpstreamMeters.Counts counts) {
        meters.gauge(
                UpstreamMeters.OPEN, "Connections open or being opened to the upstream", "connections", counts.open());
        meters.gauge(
                UpstreamMeters.IDLE,
                "Connections to the upstream that wait for a request",
                "connections",
                counts.idle());
        meters.gauge(
                UpstreamMeters.LIMIT, "Connections that may be open at once", "connections", counts.connectionsLimit());
        meters.gauge(
                UpstreamMeters.WAITING,
                "Requests that wait for a connection or for room at a server",
                "requests",
                counts.waiting());
        meters.gauge(UpstreamMeters.WAITING_LIMIT, "Requests that may wait", "requests", counts.waitingLimit());
    }

    private Counter handshakes(boolean resumed) {
        return meters.counter(
                UpstreamMeters.HANDSHAKES,
                "TLS handshakes with servers of the upstream",
                "handshakes",
                Tags.of("resumed", Boolean.toString(resumed)));
    }

    private Counter rereads(String result) {
        return meters.counter(
                UpstreamMeters.REREADS,
                "Times the certificate files for the upstream were read again because one had changed",
                "files",
                Tags.of("result", result));
    }

    private Counter retries(String reason) {
        return meters.counter(
                UpstreamMeters.RETRIES, "Requests that were sent again", "requests", Tags.of("reason", reason));
    }

    /** Registers what requests hold whose body is still on its way; the suppliers are read from any thread. */
    public void watchUploads(IntSupplier limit, IntSupplier taken, IntSupplier standing) {
        meters.gauge(
                UpstreamMeters.UPLOADS,
                "Requests that hold a connection, or wait for one, and whose body is still on its way",
                "requests",
                taken);
        meters.gauge(UpstreamMeters.UPLOADS_LIMIT, "Such requests that may be at once", "requests", limit);
        meters.gauge(
                UpstreamMeters.UPLOADS_WAITING, "Requests with a body that wait until they may", "requests", standing);
    }

    /** Registers the meters of one of its servers, by the name it has in the configuration. */
    public OneServer server(String name, OneServer.Counts counts) {
        return new OneServer(registry, tags.and("server", name), counts);
    }

    /** They leave the registry; what is counted on is lost. */
    public void remove() {
        meters.remove();
    }

    public void waited(long nanos) {
        acquire.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void connected() {
        connects.increment();
    }

    /** TLS was agreed on with a server. */
    public void secured(boolean resumed) {
        (resumed ? resumptions : handshakes).increment();
    }

    /**
     * Its certificate files had changed and were read again.
     *
     * @param ok whether they are used from now on; those before are otherwise
     */
    public void reread(boolean ok) {
        (ok ? reread : notReread).increment();
    }

    public void connectFailed() {
        connectFailures.increment();
    }

    /** Counts a fault whose owner is the upstream; others are not the upstream's and are left out. */
    public void error(FaultKind kind) {
        Counter counter = errors.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }

    /** A request is sent again, because a kept connection was stale or because a server left it without an answer. */
    public void retried(boolean stale) {
        (stale ? staleRetries : otherRetries).increment();
    }

    /** A request might have been sent again, but for the budget. */
    public void retryRefused() {
        retriesRefused.increment();
    }

    public void answered(long nanos) {
        answer.record(nanos, TimeUnit.NANOSECONDS);
    }
}
