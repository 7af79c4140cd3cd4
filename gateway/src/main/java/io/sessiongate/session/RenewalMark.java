package io.sessiongate.session;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one gateway has done of late to keep one session from running out; goes with it from one finding to the next. For any
 * thread, without locks.
 */
final class RenewalMark {

    /** Of a renewal that led to nothing: tried again no sooner. */
    static final long AGAIN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Expiries that differ by less are one to a browser. */
    static final long SAME_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final AtomicLong dueNanos;
    private volatile boolean told;
    private volatile long toldUntilNanos;

    RenewalMark(long nowNanos) {
        this.dueNanos = new AtomicLong(nowNanos);
    }

    /** True for the one caller that has to have it written. */
    boolean startRenewal(long nowNanos) {
        long due = dueNanos.get();
        return nowNanos - due >= 0 && dueNanos.compareAndSet(due, nowNanos + AGAIN_AFTER_NANOS);
    }

    /** True where the client may have a cookie that runs out sooner than the session does, for who has to give it another. */
    boolean startCookie(long untilNanos) {
        if (told && untilNanos - toldUntilNanos <= SAME_NANOS) {
            return false;
        }
        // Two answers at once may both carry it, which does no harm.
        toldUntilNanos = untilNanos;
        told = true;
        return true;
    }
}
