package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Meters of one source of keys: registered beforehand, for any thread. */
public final class KeyMeters {

    private final Counter changed;
    private final Counter unchanged;
    private final Counter failed;
    private final Counter asked;
    private final Counter limited;
    private final Counter full;
    private final MeterRegistry registry;
    private final String[] tags;

    /**
     * Meters of a source.
     *
     * @param source its name, one of its own in the realm
     */
    public KeyMeters(MeterRegistry registry, String realm, String source) {
        this.registry = registry;
        this.tags = new String[] {"realm", realm, "source", source};
        this.changed = refresh("changed");
        this.unchanged = refresh("unchanged");
        this.failed = refresh("failed");
        this.asked = unknown("asked");
        this.limited = unknown("limited");
        this.full = unknown("full");
    }

    /**
     * Shows these numbers from now on.
     *
     * @param ageNanos since the source was read with success, or -1 where it never was
     */
    public void watch(
            IntSupplier keys, IntSupplier skipped, LongSupplier ageNanos, IntSupplier waiting, int maxWaiting) {
        gauge("sessiongate.keys", "Keys in use", "keys", keys);
        gauge("sessiongate.keys.skipped", "Keys of the source that are not used", "keys", skipped);
        gauge("sessiongate.keys.waiting", "Requests that wait for the source", "requests", waiting);
        gauge("sessiongate.keys.waiting.limit", "Requests that may wait for the source", "requests", () -> maxWaiting);
        Gauges.makeWay(registry, "sessiongate.keys.age", tags);
        TimeGauge.builder("sessiongate.keys.age", () -> age(ageNanos.getAsLong()), TimeUnit.NANOSECONDS)
                .description("Time since the source was read with success")
                .tags(tags)
                .register(registry);
    }

    private static double age(long nanos) {
        return nanos < 0 ? Double.NaN : nanos;
    }

    /** The source was read and holds other keys. */
    public void changed() {
        changed.increment();
    }

    public void unchanged() {
        unchanged.increment();
    }

    public void failed() {
        failed.increment();
    }

    /** A token named a key that is not known, and its request waits for the source. */
    public void asked() {
        asked.increment();
    }

    /** The same, but the source was asked just before. */
    public void limited() {
        limited.increment();
    }

    /** The same, but too many wait already. */
    public void full() {
        full.increment();
    }

    private Counter refresh(String outcome) {
        return Counter.builder("sessiongate.keys.refreshes")
                .description("Readings of the source")
                .tags(tags)
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter unknown(String outcome) {
        return Counter.builder("sessiongate.keys.unknown")
                .description("Tokens by keys that are not known")
                .baseUnit("requests")
                .tags(tags)
                .tag("outcome", outcome)
                .register(registry);
    }

    private void gauge(String name, String description, String unit, IntSupplier value) {
        Gauges.makeWay(registry, name, tags);
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}
