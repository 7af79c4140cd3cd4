package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.http.FaultKind;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What would have become of requests, were the gateway not told to observe. Outcomes are a closed list. Thread-safe; made
 * in observe mode only.
 */
public final class ObserveMeters {

    static final String OBSERVED = "sessiongate.observed";

    /** The outcome of a request that is forwarded in either mode. */
    public static final String FORWARD = "forward";

    private final MeterRegistry registry;
    private final Counter forwards;
    private final Map<FaultKind, Counter> refusals = new ConcurrentHashMap<>();

    public ObserveMeters(MeterRegistry registry) {
        this.registry = registry;
        this.forwards = counter(FORWARD);
    }

    /** A request that would have been forwarded all the same. */
    public void forwards() {
        forwards.increment();
    }

    /** A request that would have been answered with this fault. */
    public void refuses(FaultKind kind) {
        refusals.computeIfAbsent(kind, k -> counter(k.slug())).increment();
    }

    private Counter counter(String outcome) {
        return Counter.builder(OBSERVED)
                .description("Requests by what would have become of them, were the gateway not told to observe")
                .tag("outcome", outcome)
                .register(registry);
    }

    /** All that was seen so far, in all realms. */
    public Seen seen() {
        SortedMap<String, Long> byReason = new TreeMap<>();
        refusals.forEach((kind, counter) -> byReason.put(kind.slug(), (long) counter.count()));
        return new Seen((long) forwards.count(), byReason, sum(SessionMeters.REQUESTS), sum(SessionMeters.QUERIES));
    }

    private long sum(String name) {
        return (long) registry.find(name).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    /**
     * What was seen in some time.
     *
     * @param forwarded requests that would have been forwarded
     * @param refused requests that would have been refused, by the slug of the fault
     * @param applicationQueries session queries that an application makes that asks on every request
     * @param gatewayQueries session queries that the gateway made
     */
    public record Seen(long forwarded, SortedMap<String, Long> refused, long applicationQueries, long gatewayQueries) {

        /** Before anything was. */
        public static final Seen NOTHING = new Seen(0, new TreeMap<>(), 0, 0);

        public Seen {
            refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
        }

        /** What was seen since. */
        public Seen since(Seen earlier) {
            SortedMap<String, Long> byReason = new TreeMap<>();
            refused.forEach((slug, count) -> {
                long more = count - earlier.refused.getOrDefault(slug, 0L);
                if (more != 0) {
                    byReason.put(slug, more);
                }
            });
            return new Seen(
                    forwarded - earlier.forwarded,
                    byReason,
                    applicationQueries - earlier.applicationQueries,
                    gatewayQueries - earlier.gatewayQueries);
        }

        public long requests() {
            return forwarded
                    + refused.values().stream().mapToLong(Long::longValue).sum();
        }

        /** The application's queries that need not be made, in percent; below zero where the gateway makes more. */
        public long savedPercent() {
            return applicationQueries == 0 ? 0 : 100 * (applicationQueries - gatewayQueries) / applicationQueries;
        }
    }
}
