package io.sessiongate.upstream.policy;

/** How much of its share a server gets that is new or has come back. */
public final class SlowStart {

    /** So that it gets something to do at all, and can be seen to fail. */
    static final double LEAST = 0.1;

    private SlowStart() {}

    /** Between {@value #LEAST} and 1, growing evenly. */
    public static double share(long sinceNanos, long lastsNanos) {
        return sinceNanos >= lastsNanos ? 1 : Math.max(LEAST, (double) sinceNanos / lastsNanos);
    }
}
