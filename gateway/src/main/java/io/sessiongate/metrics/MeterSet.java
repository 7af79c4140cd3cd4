package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** Meters that come and go together, with the same tags. Filled by whoever makes it; then safe to use from any thread. */
final class MeterSet {

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();

    MeterSet(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    void gauge(String name, String description, String unit, IntSupplier value) {
        gauge(name, description, unit, Tags.empty(), value);
    }

    void gauge(String name, String description, String unit, Tags further, IntSupplier value) {
        meters.add(Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .baseUnit(unit)
                .tags(tags.and(further))
                .strongReference(true)
                .register(registry));
    }

    Counter counter(String name, String description, String unit) {
        return counter(name, description, unit, Tags.empty());
    }

    Counter counter(String name, String description, String unit, Tags further) {
        Counter counter = Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tags(tags.and(further))
                .register(registry);
        meters.add(counter);
        return counter;
    }

    Timer timer(String name, String description) {
        Timer timer = Timer.builder(name).description(description).tags(tags).register(registry);
        meters.add(timer);
        return timer;
    }

    /** Takes them out of the registry. */
    void remove() {
        meters.forEach(registry::remove);
    }
}
