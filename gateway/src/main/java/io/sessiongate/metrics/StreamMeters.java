package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests that go on for long and are watched for the end of their session. Safe to use from any thread. */
public final class StreamMeters {

    static final String OPEN = "sessiongate.streams.open";
    static final String LIMIT = "sessiongate.streams.limit";
    static final String ENDED = "sessiongate.streams.ended";
    static final String WAITING = "sessiongate.streams.revocations.waiting";
    static final String WAITING_LIMIT = "sessiongate.streams.revocations.limit";
    static final String OVERFLOWS = "sessiongate.streams.revocations.overflows";

    private final Map<Kind, AtomicInteger> open = new EnumMap<>(Kind.class);
    private final Map<Cause, Counter> ended = new EnumMap<>(Cause.class);
    private final AtomicInteger waiting = new AtomicInteger();
    private final Counter overflows;
    private volatile int streams;
    private volatile int revocations;

    /** What goes on for long. */
    public enum Kind {
        WEBSOCKET,
        EVENT_STREAM,
        LONG_RUNNING
    }

    /** Why the gateway ended it. */
    public enum Cause {
        /** The session or its subject was revoked, and the gateway was told. */
        REVOKED,
        /** The token expired. */
        EXPIRED,
        /** A check found that it may not go on: its own, or that of a request of the same session. */
        RECHECK,
        /** No check could be made, and the last good one is too old to stand in. */
        UNAVAILABLE
    }

    public StreamMeters(MeterRegistry registry) {
        for (Kind kind : Kind.values()) {
            AtomicInteger count = new AtomicInteger();
            open.put(kind, count);
            Gauge.builder(OPEN, count, AtomicInteger::get)
                    .description("Requests of a session that go on for long")
                    .baseUnit("streams")
                    .tag("kind", tag(kind))
                    .register(registry);
        }
        for (Cause cause : Cause.values()) {
            ended.put(
                    cause,
                    Counter.builder(ENDED)
                            .description("Streams that the gateway ended")
                            .baseUnit("streams")
                            .tag("cause", tag(cause))
                            .register(registry));
        }
        Gauge.builder(WAITING, waiting, AtomicInteger::get)
                .description("Revocations that wait for an event loop to end their streams")
                .baseUnit("revocations")
                .register(registry);
        Gauge.builder(LIMIT, this, meters -> meters.streams)
                .description("Streams that may be open at once")
                .baseUnit("streams")
                .strongReference(true)
                .register(registry);
        Gauge.builder(WAITING_LIMIT, this, meters -> meters.revocations)
                .description("Revocations that may wait, on all event loops together")
                .baseUnit("revocations")
                .strongReference(true)
                .register(registry);
        overflows = Counter.builder(OVERFLOWS)
                .description("Times an event loop checked all its streams because too many revocations waited")
                .baseUnit("rounds")
                .register(registry);
    }

    /**
     * Tells the bounds.
     *
     * @param streams that may be open at once
     * @param revocations that may wait, on all event loops together
     */
    public void bounds(int streams, int revocations) {
        this.streams = streams;
        this.revocations = revocations;
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public void opened(Kind kind) {
        change(kind, 1);
    }

    public void closed(Kind kind) {
        change(kind, -1);
    }

    private void change(Kind kind, int by) {
        AtomicInteger count = open.get(kind);
        if (count != null) {
            count.addAndGet(by);
        }
    }

    public void ended(Cause cause) {
        Counter counter = ended.get(cause);
        if (counter != null) {
            counter.increment();
        }
    }

    /** So many revocations more, or fewer, wait. */
    public void waiting(int change) {
        waiting.addAndGet(change);
    }

    public void overflowed() {
        overflows.increment();
    }
}
