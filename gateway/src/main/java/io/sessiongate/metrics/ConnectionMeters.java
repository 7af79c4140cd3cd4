package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Client connections. Safe to use from any thread. */
public final class ConnectionMeters {

    static final String OPEN = "sessiongate.connections.open";
    static final String LIMIT = "sessiongate.connections.limit";
    static final String ACCEPTED = "sessiongate.connections.accepted";
    static final String REFUSED = "sessiongate.connections.refused";
    static final String MALFORMED = "sessiongate.requests.malformed";

    private final AtomicInteger open = new AtomicInteger();
    private final Counter accepted;
    private final Counter refused;
    private final Counter malformed;

    /** Registers the meters; {@code limit} is the number of client connections that may be open at once. */
    public ConnectionMeters(MeterRegistry registry, int limit) {
        Gauge.builder(OPEN, open, AtomicInteger::get)
                .description("Client connections open now")
                .baseUnit("connections")
                .register(registry);
        Gauge.builder(LIMIT, () -> limit)
                .description("Client connections that may be open at once")
                .baseUnit("connections")
                .register(registry);
        accepted = Counter.builder(ACCEPTED)
                .description("Client connections accepted")
                .baseUnit("connections")
                .register(registry);
        refused = Counter.builder(REFUSED)
                .description("Client connections closed at once because the limit was reached")
                .baseUnit("connections")
                .register(registry);
        malformed = Counter.builder(MALFORMED)
                .description("Requests refused because they were malformed, too large or too slow to arrive")
                .baseUnit("requests")
                .register(registry);
    }

    public void accepted() {
        open.incrementAndGet();
        accepted.increment();
    }

    public void closed() {
        open.decrementAndGet();
    }

    public void refused() {
        refused.increment();
    }

    public void malformed() {
        malformed.increment();
    }
}
