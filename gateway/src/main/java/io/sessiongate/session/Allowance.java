package io.sessiongate.session;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of something may be had at once and over time, as the time at which all of it would be there again: the generic cell rate
 * algorithm (ITU-T I.371, annex A), which needs no task that refills. For any thread, without locks.
 */
final class Allowance {

    private final AtomicLong fullAtNanos;

    /** All of it. */
    Allowance(long nowNanos) {
        this.fullAtNanos = new AtomicLong(nowNanos);
    }

    /**
     * Takes one.
     *
     * @param intervalNanos after which one more is there
     * @param burstNanos the same for all of it
     * @return zero, or how long it takes until there is one; then nothing was taken
     */
    long take(long nowNanos, long intervalNanos, long burstNanos) {
        while (true) {
            long fullAt = fullAtNanos.get();
            long from = fullAt - nowNanos > 0 ? fullAt : nowNanos;
            long waitNanos = from + intervalNanos - nowNanos - burstNanos;
            if (waitNanos > 0) {
                return waitNanos;
            }
            if (fullAtNanos.compareAndSet(fullAt, from + intervalNanos)) {
                return 0;
            }
        }
    }

    /** Gives one back that was taken. */
    void giveBack(long intervalNanos) {
        fullAtNanos.addAndGet(-intervalNanos);
    }
}
