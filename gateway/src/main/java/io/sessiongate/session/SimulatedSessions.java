package io.sessiongate.session;

import java.util.Arrays;

/**
 * The session table of a simulation: which sessions there are, and since and until when, so that what was true at any time
 * can be told. A session's id is its number. Grows with the logins.
 */
final class SimulatedSessions {

    /** In place of the time of an end that has not come. */
    static final long NEVER = Long.MAX_VALUE;

    private long[] begunNanos = new long[1024];
    private long[] endedNanos = new long[1024];
    private int count;

    /** A new session; its number. */
    int begin(long nowNanos) {
        if (count == begunNanos.length) {
            begunNanos = Arrays.copyOf(begunNanos, count * 2);
            endedNanos = Arrays.copyOf(endedNanos, count * 2);
        }
        begunNanos[count] = nowNanos;
        endedNanos[count] = NEVER;
        return count++;
    }

    /** Ends it; says whether it was not over already. */
    boolean end(int session, long nowNanos) {
        boolean wasLive = endedNanos[session] == NEVER;
        if (wasLive) {
            endedNanos[session] = nowNanos;
        }
        return wasLive;
    }

    /** When it ended, or {@link #NEVER}. */
    long endedNanos(int session) {
        return endedNanos[session];
    }

    boolean existedAt(int session, long nanos) {
        return session < count && begunNanos[session] <= nanos;
    }

    boolean hadEndedAt(int session, long nanos) {
        return endedNanos[session] <= nanos;
    }
}
