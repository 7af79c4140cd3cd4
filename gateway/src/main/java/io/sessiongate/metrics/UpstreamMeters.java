package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.sessiongate.http.FaultKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Connections to the upstreams and what became of requests there. Safe to use from any thread. */
public final class UpstreamMeters {

    static final String OPEN = "sessiongate.upstream.connections.open";
    static final String IDLE = "sessiongate.upstream.connections.idle";
    static final String LIMIT = "sessiongate.upstream.connections.limit";
    static final String WAITING = "sessiongate.upstream.waiting";
    static final String UPLOADS = "sessiongate.upstream.uploads";
    static final String UPLOADS_LIMIT = "sessiongate.upstream.uploads.limit";
    static final String UPLOADS_WAITING = "sessiongate.upstream.uploads.waiting";
    static final String ACQUIRE = "sessiongate.upstream.acquire";
    static final String CONNECTS = "sessiongate.upstream.connects";
    static final String HANDSHAKES = "sessiongate.upstream.tls.handshakes";
    static final String CONNECT_FAILURES = "sessiongate.upstream.connect.failures";
    static final String ERRORS = "sessiongate.upstream.errors";
    static final String RETRIES = "sessiongate.upstream.retries";
    static final String ANSWER = "sessiongate.upstream.answer";

    private static final List<FaultKind> KINDS = List.of(
            FaultKind.UPSTREAM_UNREACHABLE,
            FaultKind.UPSTREAM_BROKE,
            FaultKind.UPSTREAM_BUSY,
            FaultKind.UPSTREAM_TIMEOUT);

    private final MeterRegistry registry;

    public UpstreamMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Registers the meters of one upstream; the suppliers are read when metrics are scraped, from any thread. */
    public Upstream upstream(String name, int limit, IntSupplier open, IntSupplier idle, IntSupplier waiting) {
        return new Upstream(registry, List.of(Tag.of("upstream", name)), limit, open, idle, waiting);
    }

    /** There is no such upstream any more. */
    public void forget(String name) {
        Gauges.forget(registry, "upstream", name);
    }

    /** The meters of one upstream. */
    public static final class Upstream {

        private final MeterRegistry registry;
        private final List<Tag> tags;
        private final Timer acquire;
        private final Counter connects;
        private final Counter connectFailures;
        private final Counter handshakes;
        private final Counter resumptions;
        private final Map<FaultKind, Counter> errors = new EnumMap<>(FaultKind.class);
        private final Counter retries;
        private final Timer answer;

        Upstream(
                MeterRegistry registry,
                List<Tag> tags,
                int limit,
                IntSupplier open,
                IntSupplier idle,
                IntSupplier waiting) {
            this.registry = registry;
            this.tags = tags;
            gauge(registry, tags, OPEN, "Connections open or being opened to the upstream", "connections", open);
            gauge(registry, tags, IDLE, "Connections to the upstream that wait for a request", "connections", idle);
            gauge(registry, tags, LIMIT, "Connections that may be open at once", "connections", () -> limit);
            gauge(registry, tags, WAITING, "Requests that wait for a connection", "requests", waiting);
            acquire = Timer.builder(ACQUIRE)
                    .description("Time a request waited for a connection, where it had to")
                    .tags(tags)
                    .register(registry);
            connects = counter(registry, tags, CONNECTS, "Connections opened", "connections");
            handshakes = handshakes(registry, tags, false);
            resumptions = handshakes(registry, tags, true);
            connectFailures = counter(registry, tags, CONNECT_FAILURES, "Attempts to connect that failed", "attempts");
            for (FaultKind kind : KINDS) {
                errors.put(
                        kind,
                        Counter.builder(ERRORS)
                                .description("Requests the upstream did not answer as it should")
                                .baseUnit("requests")
                                .tags(tags)
                                .tag("kind", kind.slug())
                                .register(registry));
            }
            retries = counter(
                    registry, tags, RETRIES, "Requests sent again because a kept connection was stale", "requests");
            answer = Timer.builder(ANSWER)
                    .description("Time from sending a request to the head of its answer")
                    .tags(tags)
                    .register(registry);
        }

        /** Registers what requests hold whose body is still on its way; the suppliers are read from any thread. */
        public void watchUploads(int limit, IntSupplier taken, IntSupplier standing) {
            gauge(
                    registry,
                    tags,
                    UPLOADS,
                    "Requests that hold a connection, or wait for one, and whose body is still on its way",
                    "requests",
                    taken);
            gauge(registry, tags, UPLOADS_LIMIT, "Such requests that may be at once", "requests", () -> limit);
            gauge(
                    registry,
                    tags,
                    UPLOADS_WAITING,
                    "Requests with a body that wait until they may",
                    "requests",
                    standing);
        }

        private static void gauge(
                MeterRegistry registry,
                List<Tag> tags,
                String name,
                String description,
                String unit,
                IntSupplier value) {
            Gauges.makeWay(registry, name, tags);
            Gauge.builder(name, value, IntSupplier::getAsInt)
                    .description(description)
                    .baseUnit(unit)
                    .tags(tags)
                    .strongReference(true)
                    .register(registry);
        }

        private static Counter counter(
                MeterRegistry registry, List<Tag> tags, String name, String description, String unit) {
            return Counter.builder(name)
                    .description(description)
                    .baseUnit(unit)
                    .tags(tags)
                    .register(registry);
        }

        public void waited(long nanos) {
            acquire.record(nanos, TimeUnit.NANOSECONDS);
        }

        public void connected() {
            connects.increment();
        }

        private static Counter handshakes(MeterRegistry registry, List<Tag> tags, boolean resumed) {
            return Counter.builder(HANDSHAKES)
                    .description("TLS handshakes with servers of the upstream")
                    .baseUnit("handshakes")
                    .tags(tags)
                    .tag("resumed", Boolean.toString(resumed))
                    .register(registry);
        }

        /** TLS was agreed on with a server. */
        public void secured(boolean resumed) {
            (resumed ? resumptions : handshakes).increment();
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

        public void retried() {
            retries.increment();
        }

        public void answered(long nanos) {
            answer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
