package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What is counted about the assertions of one realm. Safe on any thread; registered at the start. */
public final class IdentityMeters {

    static final String SIGNATURES = "sessiongate.assertion.signatures";
    static final String REUSED = "sessiongate.assertion.reused";
    static final String INLINE = "sessiongate.assertion.inline";
    static final String FAILED = "sessiongate.assertion.failed";

    private final MeterRegistry registry;
    private final String realm;
    private final Timer signatures;
    private final Counter reused;
    private final Counter inline;
    private final Counter failed;

    public IdentityMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        this.signatures = Timer.builder(SIGNATURES)
                .description("Assertions signed, and the time a signature took")
                .tag("realm", realm)
                .register(registry);
        this.reused = counter(REUSED, "Requests that got an assertion signed before", "requests");
        this.inline =
                counter(INLINE, "Slow signatures made on an event loop, as the queue for them was full", "signatures");
        this.failed = counter(FAILED, "Signatures that failed; the request went on without an assertion", "signatures");
    }

    /** An assertion was signed, in so many nanoseconds. */
    public void signed(long nanos) {
        signatures.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void reused() {
        reused.increment();
    }

    public void signedInline() {
        inline.increment();
    }

    public void failed() {
        failed.increment();
    }

    private Counter counter(String name, String description, String unit) {
        return Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tag("realm", realm)
                .register(registry);
    }
}
