package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Meters of the token room. One instance a registry; every realm has its own set of meters in it. */
public final class TokenMeters {

    static final String VERDICTS = "sessiongate.token.verdicts";
    static final String CACHE_REQUESTS = "sessiongate.token.cache.requests";
    static final String CACHE_SIZE = "sessiongate.token.cache.size";
    static final String CACHE_BOUND = "sessiongate.token.cache.bound";
    static final String CACHE_EVICTIONS = "sessiongate.token.cache.evictions";
    static final String VERIFICATION = "sessiongate.token.verification";
    static final String WAITING = "sessiongate.token.waiting";

    private final MeterRegistry registry;
    private final Map<String, Realm> realms = new ConcurrentHashMap<>();

    public TokenMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * The meters of a realm; the same for the same name, so that a reload goes on counting.
     *
     * @param reasons why a token can be refused, each counted by itself
     */
    public Realm realm(String name, Set<? extends Enum<?>> reasons) {
        return realms.computeIfAbsent(name, n -> new Realm(registry, n, reasons));
    }

    /** There is no such realm any more: one that comes back gets meters of its own. */
    public void forget(String name) {
        realms.remove(name);
    }

    /** Counts for one realm. Counting is a field access: all meters are registered beforehand. For any thread. */
    public static final class Realm {

        private final Counter valid;
        private final Counter absent;
        private final Counter conflict;
        private final Counter unavailable;
        private final Map<Enum<?>, Counter> invalid;
        private final Counter hits;
        private final Counter misses;
        private final Counter evictedForRoom;
        private final Counter evictedAsExpired;
        private final Timer onLoop;
        private final Timer onPool;
        private volatile LongSupplier cacheSize = () -> 0;
        private volatile IntSupplier waiting = () -> 0;
        private volatile int cacheBound;

        private Realm(MeterRegistry registry, String realm, Set<? extends Enum<?>> reasons) {
            this.valid = verdict(registry, realm, "valid", "none");
            this.absent = verdict(registry, realm, "absent", "none");
            this.conflict = verdict(registry, realm, "conflict", "none");
            this.unavailable = verdict(registry, realm, "unavailable", "none");
            this.invalid = reasons.stream()
                    .collect(Collectors.toUnmodifiableMap(
                            Function.identity(),
                            reason -> verdict(
                                    registry, realm, "invalid", reason.name().toLowerCase(Locale.ROOT))));
            this.hits = cacheRequest(registry, realm, "hit");
            this.misses = cacheRequest(registry, realm, "miss");
            this.evictedForRoom = eviction(registry, realm, "size");
            this.evictedAsExpired = eviction(registry, realm, "expired");
            this.onLoop = verification(registry, realm, "loop");
            this.onPool = verification(registry, realm, "pool");
            gauge(registry, realm, CACHE_SIZE, "Verified tokens that are remembered", r -> r.cacheSize.getAsLong());
            gauge(registry, realm, CACHE_BOUND, "Verified tokens that may be remembered", r -> r.cacheBound);
            gauge(registry, realm, WAITING, "Requests that wait for a signature check", r -> r.waiting.getAsInt());
        }

        /** Shows this cache and these waiting requests from now on. */
        public void watch(LongSupplier cacheSize, int cacheBound, IntSupplier waiting) {
            this.cacheSize = cacheSize;
            this.cacheBound = cacheBound;
            this.waiting = waiting;
        }

        public void valid() {
            valid.increment();
        }

        public void absent() {
            absent.increment();
        }

        public void conflict() {
            conflict.increment();
        }

        public void unavailable() {
            unavailable.increment();
        }

        /** Counts a refusal for one of the reasons this was made with. */
        public void invalid(Enum<?> reason) {
            Objects.requireNonNull(invalid.get(reason)).increment();
        }

        public void hit() {
            hits.increment();
        }

        public void miss() {
            misses.increment();
        }

        /** A token was forgotten before its time, as the cache was full. */
        public void evictedForRoom() {
            evictedForRoom.increment();
        }

        /** A token was forgotten as it is over. */
        public void evictedAsExpired() {
            evictedAsExpired.increment();
        }

        /** A signature was checked on the caller's loop. */
        public void verifiedOnLoop(long nanos) {
            onLoop.record(nanos, TimeUnit.NANOSECONDS);
        }

        /** A signature was checked on the crypto threads; the wait for one is not in it. */
        public void verifiedOnPool(long nanos) {
            onPool.record(nanos, TimeUnit.NANOSECONDS);
        }

        private static Counter verdict(MeterRegistry registry, String realm, String verdict, String reason) {
            return Counter.builder(VERDICTS)
                    .description("What was found of the requests' tokens")
                    .baseUnit("requests")
                    .tags("realm", realm, "verdict", verdict, "reason", reason)
                    .register(registry);
        }

        private static Counter cacheRequest(MeterRegistry registry, String realm, String result) {
            return Counter.builder(CACHE_REQUESTS)
                    .description("Look-ups of a token among the remembered ones")
                    .baseUnit("requests")
                    .tags("realm", realm, "result", result)
                    .register(registry);
        }

        private static Counter eviction(MeterRegistry registry, String realm, String cause) {
            return Counter.builder(CACHE_EVICTIONS)
                    .description("Remembered tokens that were forgotten")
                    .baseUnit("tokens")
                    .tags("realm", realm, "cause", cause)
                    .register(registry);
        }

        private static Timer verification(MeterRegistry registry, String realm, String where) {
            return Timer.builder(VERIFICATION)
                    .description("Time to check a token's signature and claims")
                    .tags("realm", realm, "where", where)
                    .register(registry);
        }

        private void gauge(
                MeterRegistry registry, String realm, String name, String description, ToDoubleFunction<Realm> value) {
            Gauge.builder(name, this, value)
                    .description(description)
                    .baseUnit(name.equals(WAITING) ? "requests" : BaseUnits.OBJECTS)
                    .tags("realm", realm)
                    .strongReference(true)
                    .register(registry);
        }
    }
}
