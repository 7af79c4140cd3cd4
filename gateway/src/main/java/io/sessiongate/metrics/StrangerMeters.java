package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;

/** What those cost who try values that are no session, in one realm with opaque tokens. Safe on any thread. */
public final class StrangerMeters {

    static final String REFUSED = "sessiongate.session.unknown.refused";
    static final String SIZE = "sessiongate.session.unknown.size";
    static final String SIZE_LIMIT = "sessiongate.session.unknown.limit";
    static final String ADDRESSES = "sessiongate.session.unknown.addresses";
    static final String ADDRESSES_LIMIT = "sessiongate.session.unknown.addresses.limit";
    static final String WAITING = "sessiongate.session.unknown.waiting";
    static final String WAITING_LIMIT = "sessiongate.session.unknown.waiting.limit";

    private final MeterRegistry registry;
    private final String realm;
    private final Counter remembered;
    private final Counter limited;
    private final Counter full;

    public StrangerMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        remembered = refused("remembered");
        limited = refused("address");
        full = refused("full");
    }

    /** Was looked for in vain a short time ago. */
    public void remembered() {
        remembered.increment();
    }

    /** Its address has tried too many. */
    public void limited() {
        limited.increment();
    }

    /** Too many are being looked for. */
    public void full() {
        full.increment();
    }

    /** Tells how to read the sizes, and their bounds. */
    public void watch(
            LongSupplier size,
            long sizeLimit,
            LongSupplier addresses,
            long addressesLimit,
            LongSupplier waiting,
            long waitingLimit) {
        gauge(SIZE, "values", "Values remembered that were looked for in vain", size);
        gauge(SIZE_LIMIT, "values", "Most values remembered", () -> sizeLimit);
        gauge(ADDRESSES, "blocks", "Addresses that sent values not seen before", addresses);
        gauge(ADDRESSES_LIMIT, "blocks", "Most addresses remembered", () -> addressesLimit);
        gauge(WAITING, "values", "Values not seen before that are being looked for", waiting);
        gauge(WAITING_LIMIT, "values", "Most values that may be looked for at once", () -> waitingLimit);
    }

    private Counter refused(String reason) {
        return Counter.builder(REFUSED)
                .description("Requests with a value that was not looked for")
                .baseUnit("requests")
                .tags("realm", realm, "reason", reason)
                .register(registry);
    }

    private void gauge(String name, String unit, String description, LongSupplier value) {
        Gauges.makeWay(registry, name, "realm", realm);
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .baseUnit(unit)
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }
}
