package io.sessiongate.session;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Whether checks are worth waiting for. Confined to the check loop.
 *
 * <pre>
 *   CLOSED ──failures in a row──► OPEN ──pause over──► PROBING
 *     ▲                            ▲                      │ │
 *     │                            └─────── failed ───────┘ │
 *     └──────────────────────── answered ───────────────────┘
 * </pre>
 *
 * While it is not closed nobody waits: the one batch that probes the store carries a check on which no request depends. The
 * first pause is at most 100 ms, as a server that was restarted is there again at once; each further one is twice as long, up
 * to a second, less up to a half at random so that a fleet does not probe all at once.
 */
final class CheckBreaker {

    static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum State {
        CLOSED,
        OPEN,
        PROBING
    }

    private final int threshold;
    private final RandomGenerator random;
    private State state = State.CLOSED;
    private int failures;
    private int pauses;
    private long probeNanos;

    /** Opens after so many failed batches in a row. */
    CheckBreaker(int threshold, RandomGenerator random) {
        this.threshold = threshold;
        this.random = random;
    }

    boolean isOpen() {
        return state != State.CLOSED;
    }

    /**
     * Whether a probe may go out now; if so one must, and it has to end in {@link #answered}, {@link #failed} or {@link
     * #probeFailed}.
     */
    boolean startProbe(long nowNanos) {
        if (state != State.OPEN || nowNanos - probeNanos < 0) {
            return false;
        }
        state = State.PROBING;
        return true;
    }

    /** Nanoseconds until a probe may go out; the greatest long when none is to. */
    long nanosToProbe(long nowNanos) {
        return state == State.OPEN ? Math.max(0, probeNanos - nowNanos) : Long.MAX_VALUE;
    }

    /** A batch was answered. */
    void answered() {
        state = State.CLOSED;
        failures = 0;
        pauses = 0;
    }

    /**
     * A batch failed.
     * @return whether this opened it
     */
    boolean failed(long nowNanos) {
        if (state == State.CLOSED && ++failures >= threshold) {
            return open(nowNanos);
        }
        probeFailed(nowNanos);
        return false;
    }

    /** Opens it if it is closed; true if it was. */
    boolean open(long nowNanos) {
        if (state != State.CLOSED) {
            return false;
        }
        pause(nowNanos);
        return true;
    }

    /** The probe failed, or could not be sent out; means nothing while there is none. */
    void probeFailed(long nowNanos) {
        if (state == State.PROBING) {
            pause(nowNanos);
        }
    }

    private void pause(long nowNanos) {
        state = State.OPEN;
        long longestNanos = Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(pauses++, 10));
        probeNanos = nowNanos + longestNanos - random.nextLong(longestNanos / 2);
    }
}
