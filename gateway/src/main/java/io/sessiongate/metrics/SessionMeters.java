package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the session room of one realm counts. Safe on any thread; every counter is registered at the start, so that
 * counting is a field access.
 */
public final class SessionMeters {

    static final String DECISIONS = "sessiongate.session.decisions";
    static final String REQUESTS = "sessiongate.session.requests";
    static final String QUERIES = "sessiongate.session.queries";
    static final String QUERIES_SAVED = "sessiongate.session.queries.saved";
    static final String QUERY_TIME = "sessiongate.session.query.time";
    static final String CHECKS = "sessiongate.session.checks";
    static final String BATCH = "sessiongate.session.batch";
    static final String WAIT_TIME = "sessiongate.session.wait.time";
    static final String TIMEOUTS = "sessiongate.session.timeouts";
    static final String REJECTED = "sessiongate.session.waiting.rejected";
    static final String REFRESHES_DROPPED = "sessiongate.session.refreshes.dropped";
    static final String CONNECTS = "sessiongate.session.connects";
    static final String CONNECT_FAILURES = "sessiongate.session.connects.failed";
    static final String CONNECTIONS = "sessiongate.session.connections";
    static final String IN_USE = "sessiongate.session.connections.used";
    static final String CONNECTION_LIMIT = "sessiongate.session.connections.limit";
    static final String WAITING = "sessiongate.session.waiting";
    static final String WAITING_LIMIT = "sessiongate.session.waiting.limit";
    static final String CACHED = "sessiongate.session.cache.size";
    static final String CACHE_LIMIT = "sessiongate.session.cache.limit";
    static final String RECHECKS = "sessiongate.session.stream.rechecks";
    static final String REVOCATIONS = "sessiongate.session.revocations";
    static final String WORDS = "sessiongate.session.words";
    static final String WORDS_LIMIT = "sessiongate.session.words.limit";
    static final String CIRCUIT = "sessiongate.session.circuit.open";
    static final String CIRCUITS_OPENED = "sessiongate.session.circuit.opened";
    static final String EVICTIONS = "sessiongate.session.cache.evictions";

    private static final Duration[] TIMES = {
        Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(50),
        Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(5)
    };

    /** What was decided about a request. */
    public enum Decision {
        CACHED("cached", ""),
        REFRESHING("refreshing", ""),
        CHECKED("checked", ""),
        STALE("stale", ""),
        NOT_FOUND("ended", "not-found"),
        REVOKED("ended", "revoked"),
        EXPIRED("ended", "expired"),
        SUBJECT_MISMATCH("ended", "subject-mismatch"),
        WAITING_FULL("unknown", "waiting-full"),
        POOL_TIMEOUT("unknown", "pool-timeout"),
        QUERY_TIMEOUT("unknown", "query-timeout"),
        DATABASE_UNAVAILABLE("unknown", "database-unavailable"),
        CIRCUIT_OPEN("unknown", "circuit-open"),
        STOPPING("unknown", "stopping"),
        TOO_MANY_UNKNOWN("unknown", "too-many-unknown");

        private final String outcome;
        private final String reason;

        Decision(String outcome, String reason) {
            this.outcome = outcome;
            this.reason = reason;
        }
    }

    private final MeterRegistry registry;
    private final String realm;
    private final Map<Decision, Counter> decisions = new EnumMap<>(Decision.class);
    private final Counter requests;
    private final Counter queries;
    private final Counter checks;
    private final Counter poolTimeouts;
    private final Counter queryTimeouts;
    private final Counter rejected;
    private final Counter refreshesDropped;
    private final Counter attempts;
    private final Counter refused;
    private final Counter evictions;
    private final DistributionSummary batch;
    private final Timer queryTime;
    private final Timer waitTime;
    private final Counter rechecks;
    private final Counter circuitsOpened;
    private final WordMeters words;
    private final AtomicInteger circuit = new AtomicInteger();

    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger inUse = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();

    public SessionMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        for (Decision decision : Decision.values()) {
            decisions.put(
                    decision,
                    Counter.builder(DECISIONS)
                            .description("Decisions about the session of a request")
                            .baseUnit("decisions")
                            .tags("realm", realm, "outcome", decision.outcome, "reason", decision.reason)
                            .register(registry));
        }
        requests = counter(
                REQUESTS, "requests", "Authenticated requests: the queries an application asking each time makes");
        queries = counter(QUERIES, "queries", "Queries made to check sessions");
        checks = counter(CHECKS, "checks", "Sessions checked by those queries");
        rejected = counter(REJECTED, "sessions", "Sessions not checked because too many waited");
        refreshesDropped = counter(REFRESHES_DROPPED, "checks", "Background checks that led to nothing");
        evictions = counter(EVICTIONS, "sessions", "Sessions forgotten because the cache was full");
        poolTimeouts = timeouts("pool");
        queryTimeouts = timeouts("query");
        attempts = counter(CONNECTS, "attempts", "Attempts to connect to the session store");
        refused = counter(CONNECT_FAILURES, "attempts", "Attempts to connect to the session store that failed");
        rechecks = counter(RECHECKS, "checks", "Looks at the session of a stream that is still open");
        circuitsOpened =
                counter(CIRCUITS_OPENED, "times", "How often checks failed so often that nobody waited any more");
        words = new WordMeters(registry, realm);
        batch = DistributionSummary.builder(BATCH)
                .description("Sessions in one query")
                .baseUnit("sessions")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
                .tag("realm", realm)
                .register(registry);
        queryTime = timer(QUERY_TIME, "From handing a query to its connection to its answer");
        waitTime = timer(WAIT_TIME, "How long a session whose request waits stood in line for a connection");
        // Without a unit: Prometheus would call it queries_saved_queries.
        gauge(QUERIES_SAVED, null, "Authenticated requests less queries made", () ->
                (long) (requests.count() - queries.count()));
        gauge(CIRCUIT, "circuits", "1 while nobody waits for checks because they failed, else 0", circuit::get);
        gauge(CONNECTIONS, "connections", "Connections open, opening, or not yet closed", connections::get);
        gauge(IN_USE, "connections", "Connections with a query under way", inUse::get);
        gauge(WAITING, "sessions", "Sessions that wait for a connection", waiting::get);
    }

    /** Those of what is said of its sessions between two checks. */
    public WordMeters words() {
        return words;
    }

    /** Those of the realm's listener; registered only where there is one. */
    public RevocationMeters listener() {
        return new RevocationMeters(registry, realm);
    }

    /** Those of what the realm writes; registered only where it writes. */
    public WriterMeters writer() {
        return new WriterMeters(registry, realm);
    }

    /** Those of values that are no session; registered only where anybody can make them up. */
    public StrangerMeters strangers() {
        return new StrangerMeters(registry, realm);
    }

    /** What is counted of that many read replicas. */
    public ReplicaMeters replicas(int count) {
        return new ReplicaMeters(registry, realm, count, queries);
    }

    /** An authenticated request asks. */
    public void requested() {
        requests.increment();
    }

    public void decided(Decision decision) {
        Objects.requireNonNull(decisions.get(decision)).increment();
    }

    /** A query for so many sessions goes out. */
    public void queried(int sessions) {
        queries.increment();
        checks.increment(sessions);
        batch.record(sessions);
    }

    public void queryOver(long nanos) {
        queryTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A session that a request waits for got its connection. */
    public void waited(long nanos) {
        waitTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void poolTimeout() {
        poolTimeouts.increment();
    }

    public void queryTimeout(int sessions) {
        queryTimeouts.increment(sessions);
    }

    public void waitingRejected() {
        rejected.increment();
    }

    public void refreshDropped() {
        refreshesDropped.increment();
    }

    /** An attempt to connect begins. */
    public void connecting() {
        attempts.increment();
    }

    public void connectFailed() {
        refused.increment();
    }

    public void evicted() {
        evictions.increment();
    }

    /** Tells where the pool stands. */
    public void pool(int connections, int inUse, int waiting) {
        this.connections.set(connections);
        this.inUse.set(inUse);
        this.waiting.set(waiting);
    }

    /** An open stream looks at its session again. */
    public void rechecked() {
        rechecks.increment();
    }

    public void circuitOpened() {
        circuitsOpened.increment();
    }

    /** Tells whether nobody waits for checks. */
    public void circuit(boolean open) {
        circuit.set(open ? 1 : 0);
    }

    /** Tells the pool's bounds. */
    public void limits(int connectionLimit, int maxWaiting) {
        gauge(CONNECTION_LIMIT, "connections", "Most connections there may be", () -> connectionLimit);
        gauge(WAITING_LIMIT, "sessions", "Most sessions that may wait", () -> maxWaiting);
    }

    /** Tells the cache's bound and how to read its size. */
    public void cache(int limit, LongSupplier size) {
        gauge(CACHE_LIMIT, "sessions", "Most sessions remembered", () -> limit);
        gauge(CACHED, "sessions", "Sessions remembered", size);
    }

    private Counter counter(String name, String unit, String description) {
        return Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tag("realm", realm)
                .register(registry);
    }

    private Counter timeouts(String kind) {
        return Counter.builder(TIMEOUTS)
                .description("Sessions whose check ran into a deadline")
                .baseUnit("sessions")
                .tags("realm", realm, "kind", kind)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(TIMES)
                .tag("realm", realm)
                .register(registry);
    }

    private void gauge(String name, @Nullable String unit, String description, LongSupplier value) {
        Gauges.makeWay(registry, name, "realm", realm);
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .baseUnit(unit)
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }
}
