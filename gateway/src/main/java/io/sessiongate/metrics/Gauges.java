package io.sessiongate.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.Predicate;

/**
 * Meters whose part of the gateway is replaced or goes when the configuration is loaded again. A registry gives whoever asks for a
 * counter or timer of a name the one it has, and so they go on; but a gauge would show the part that was there first for ever, and
 * keep it from being collected. For the thread that makes parts.
 */
public final class Gauges {

    private Gauges() {}

    /** The gauge of that name and tags, if there is one, makes way for another. */
    static void makeWay(MeterRegistry registry, String name, Iterable<Tag> tags) {
        registry.removeByPreFilterId(new Meter.Id(name, Tags.of(tags), null, null, Meter.Type.GAUGE));
    }

    /** The same. */
    static void makeWay(MeterRegistry registry, String name, String... tags) {
        makeWay(registry, name, Tags.of(tags));
    }

    /**
     * Removes every meter with these tags: what it tells of is no more. A registry that was filled for ever by names that come and go
     * would be without a bound.
     */
    public static void forget(MeterRegistry registry, String... tags) {
        remove(registry, meter -> true, tags);
    }

    /** Removes the gauges with a name that begins so and these tags; those that still tell of something are registered anew. */
    public static void clear(MeterRegistry registry, String prefix, String... tags) {
        remove(
                registry,
                meter -> meter instanceof Gauge && meter.getId().getName().startsWith(prefix),
                tags);
    }

    private static void remove(MeterRegistry registry, Predicate<Meter> which, String... tags) {
        List<Tag> wanted = Tags.of(tags).stream().toList();
        for (Meter meter : registry.getMeters()) {
            if (which.test(meter) && meter.getId().getTags().containsAll(wanted)) {
                registry.remove(meter);
            }
        }
    }
}
