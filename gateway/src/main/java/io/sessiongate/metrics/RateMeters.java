package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.LongSupplier;

/** What one rate limit let pass and what not. Safe on any thread; the gauges are registered on the thread that makes parts. */
public final class RateMeters {

    /** Tag of every meter here: the limit's name. */
    public static final String TAG = "limit";

    static final String PASSED = "sessiongate.rate.passed";
    static final String LIMITED = "sessiongate.rate.limited";
    static final String UNAUTHORIZED = "sessiongate.rate.unauthorized";
    static final String BUCKETS = "sessiongate.rate.held";
    static final String BUCKETS_LIMIT = "sessiongate.rate.held.limit";
    static final String EVICTED = "sessiongate.rate.evicted";

    private final MeterRegistry registry;
    private final String limit;
    private final Counter passed;
    private final Counter limited;
    private final Counter unauthorized;
    private final Counter evicted;

    public RateMeters(MeterRegistry registry, String limit) {
        this.registry = registry;
        this.limit = limit;
        passed = counter(PASSED, "requests", "Requests that a rate limit let pass");
        limited = counter(LIMITED, "requests", "Requests beyond a rate limit");
        unauthorized = counter(UNAUTHORIZED, "requests", "Requests that were counted because they were answered 401");
        evicted = counter(
                EVICTED, "buckets", "Buckets that were forgotten, not yet full again, because there were too many");
    }

    public void passed() {
        passed.increment();
    }

    /** In observe mode as well, in which it passes all the same. */
    public void limited() {
        limited.increment();
    }

    /** It took a token of a limit that counts those only. */
    public void unauthorized() {
        unauthorized.increment();
    }

    /** Somebody has a whole allowance again before the time. */
    public void evicted() {
        evicted.increment();
    }

    /** Tells how to read how many buckets there are, and their bound; in place of those of a limit that had the name before. */
    public void watch(LongSupplier buckets, long bound) {
        gauge(BUCKETS, "Buckets of clients that a rate limit remembers", buckets);
        gauge(BUCKETS_LIMIT, "Most buckets that a rate limit remembers", () -> bound);
    }

    private Counter counter(String name, String unit, String description) {
        return Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tag(TAG, limit)
                .register(registry);
    }

    private void gauge(String name, String description, LongSupplier value) {
        Gauges.makeWay(registry, name, TAG, limit);
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .baseUnit("buckets")
                .tag(TAG, limit)
                .strongReference(true)
                .register(registry);
    }
}
