package io.sessiongate.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;

/**
 * Connections to the upstreams and what became of requests there. Upstreams and servers come and go with the configuration,
 * and their meters with them. Safe to use from any thread.
 */
public final class UpstreamMeters {

    static final String OPEN = "sessiongate.upstream.connections.open";
    static final String IDLE = "sessiongate.upstream.connections.idle";
    static final String LIMIT = "sessiongate.upstream.connections.limit";
    static final String WAITING = "sessiongate.upstream.waiting";
    static final String WAITING_LIMIT = "sessiongate.upstream.waiting.limit";
    static final String UPLOADS = "sessiongate.upstream.uploads";
    static final String UPLOADS_LIMIT = "sessiongate.upstream.uploads.limit";
    static final String UPLOADS_WAITING = "sessiongate.upstream.uploads.waiting";
    static final String ACQUIRE = "sessiongate.upstream.acquire";
    static final String CONNECTS = "sessiongate.upstream.connects";
    static final String CONNECT_FAILURES = "sessiongate.upstream.connect.failures";
    static final String ERRORS = "sessiongate.upstream.errors";
    static final String RETRIES = "sessiongate.upstream.retries";
    static final String RETRIES_REFUSED = "sessiongate.upstream.retries.refused";
    static final String HANDSHAKES = "sessiongate.upstream.tls.handshakes";
    static final String REREADS = "sessiongate.upstream.tls.reloads";
    static final String ANSWER = "sessiongate.upstream.answer";
    static final String SERVERS = "sessiongate.upstream.servers";
    static final String IN_FLIGHT = "sessiongate.upstream.server.requests";
    static final String EJECTIONS = "sessiongate.upstream.ejections";
    static final String CHECKS = "sessiongate.upstream.checks";
    static final String NAME_FAILURES = "sessiongate.upstream.name.failures";

    private final MeterRegistry registry;

    public UpstreamMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** What is read when metrics are scraped, from any thread. */
    public record Counts(
            IntSupplier connectionsLimit,
            IntSupplier open,
            IntSupplier idle,
            IntSupplier waitingLimit,
            IntSupplier waiting) {}

    /** Registers the meters of one upstream. */
    public OneUpstream upstream(String name, Counts counts) {
        return new OneUpstream(registry, name, counts);
    }
}
