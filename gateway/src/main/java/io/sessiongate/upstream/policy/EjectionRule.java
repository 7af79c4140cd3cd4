package io.sessiongate.upstream.policy;

/**
 * When a server is left out.
 *
 * @param consecutiveFailures after so many in a row; 0 is never
 * @param baseNanos how long the first time; twice as long each further time
 * @param maxNanos and never longer; one that has been in for as long as this begins anew
 * @param maxOutPercent where more would be out, all are used
 */
public record EjectionRule(int consecutiveFailures, long baseNanos, long maxNanos, int maxOutPercent) {

    /** Whether so many are out that all are used all the same. */
    public boolean panics(int out, int all) {
        return out > 0 && (long) out * 100 > (long) maxOutPercent * all;
    }
}
