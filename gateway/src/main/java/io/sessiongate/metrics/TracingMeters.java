package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;

/** Spans on their way to the collector. Safe to use from any thread; made where tracing is on only. */
public final class TracingMeters {

    static final String SPANS = "sessiongate.tracing.spans";
    static final String WAITING = "sessiongate.tracing.waiting";

    private final MeterRegistry registry;
    private final Counter exported;
    private final Counter dropped;
    private final Counter failed;

    public TracingMeters(MeterRegistry registry) {
        this.registry = registry;
        this.exported = spans("exported");
        this.dropped = spans("dropped");
        this.failed = spans("failed");
    }

    /** Counts spans that wait or are on their way. */
    public void waiting(IntSupplier count) {
        Gauge.builder(WAITING, count, IntSupplier::getAsInt)
                .description("Spans that wait for their export or are on their way")
                .strongReference(true)
                .register(registry);
    }

    /** The collector has taken that many. */
    public void exported(int spans) {
        exported.increment(spans);
    }

    /** The collector could not be given that many. */
    public void failed(int spans) {
        failed.increment(spans);
    }

    /** There was no room for one. */
    public void dropped() {
        dropped.increment();
    }

    private Counter spans(String outcome) {
        return Counter.builder(SPANS)
                .description("Spans by what became of them")
                .tag("outcome", outcome)
                .register(registry);
    }
}
