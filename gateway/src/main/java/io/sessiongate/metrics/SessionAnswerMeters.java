package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;

/** What the kept answers of one realm's session endpoint did. Safe on any thread; registered at the start. */
public final class SessionAnswerMeters {

    static final String REQUESTS = "sessiongate.session.endpoint.requests";
    static final String EVICTIONS = "sessiongate.session.endpoint.evictions";
    static final String SIZE = "sessiongate.session.endpoint.size";
    static final String LIMIT = "sessiongate.session.endpoint.limit";

    private final MeterRegistry registry;
    private final String realm;
    private final Counter kept;
    private final Counter asked;
    private final Counter passed;
    private final Counter evictions;

    public SessionAnswerMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        kept = requests("kept");
        asked = requests("asked");
        passed = requests("passed");
        evictions = Counter.builder(EVICTIONS)
                .description("Answers dropped for want of room")
                .baseUnit("answers")
                .tag("realm", realm)
                .register(registry);
    }

    /** A request of a live session was answered without the application. */
    public void kept() {
        kept.increment();
    }

    /** The application was asked, and its answer may be kept. */
    public void asked() {
        asked.increment();
    }

    /** The application was asked something else: a change, or what has no answer for all. */
    public void passed() {
        passed.increment();
    }

    public void evicted() {
        evictions.increment();
    }

    /** Shows the bytes that are kept. */
    public void watch(LongSupplier size, long limit) {
        Gauges.makeWay(registry, SIZE, "realm", realm);
        Gauges.makeWay(registry, LIMIT, "realm", realm);
        Gauge.builder(SIZE, size::getAsLong)
                .description("Memory of the answers that are kept, about")
                .baseUnit("bytes")
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
        Gauge.builder(LIMIT, () -> limit)
                .description("The most that they may take")
                .baseUnit("bytes")
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }

    private Counter requests(String outcome) {
        return Counter.builder(REQUESTS)
                .description("Requests for the session endpoint by sessions that live")
                .baseUnit("requests")
                .tags("realm", realm, "outcome", outcome)
                .register(registry);
    }
}
