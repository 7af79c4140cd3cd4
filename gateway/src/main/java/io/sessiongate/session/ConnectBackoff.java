package io.sessiongate.session;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How long to leave a database alone that could not be reached: 100 ms, doubled with each failure in a row up to 1 s, less
 * up to a half at random so that a fleet does not knock all at once. Confined to the check loop.
 */
final class ConnectBackoff {

    static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RandomGenerator random;
    private int failures;
    private long untilNanos;

    ConnectBackoff(RandomGenerator random) {
        this.random = random;
    }

    void failed(long nowNanos) {
        failures++;
        long longestNanos = Math.min(LONGEST_NANOS, FIRST_NANOS << Math.min(failures - 1, 10));
        untilNanos = nowNanos + longestNanos - random.nextLong(longestNanos / 2);
    }

    /** A query was answered: whatever was wrong is over. */
    void succeeded() {
        failures = 0;
    }

    /** Whether the last attempt failed and no query was answered since. */
    boolean isFailing() {
        return failures > 0;
    }

    /** Nanoseconds until the next attempt may be made, zero when it may be made now. */
    long remainingNanos(long nowNanos) {
        return failures == 0 ? 0 : Math.max(0, untilNanos - nowNanos);
    }
}
