package io.sessiongate.session.policy;

import java.time.Duration;

/**
 * When a session is served from memory and when the database is asked: the table "Decisions of the session policy".
 *
 * <p>Pure and without allocation; safe on any thread. Ages are differences of monotonic nanoseconds, right across an
 * overflow of the clock, and no jump of the wall clock stretches them. A token's times are wall-clock milliseconds; they
 * can only bring the shorter of two intervals into force, so the longest time between two checks is {@code
 * revalidateAfter} (or the longer interval while ends are pushed) whatever the wall clock does.
 */
public final class CheckPolicy {

    /** What "no expiry" and "no limit" are in arithmetic: 73 years, so that sums of two stay clear of an overflow. */
    public static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

    /** Jitter is a number from zero to this one, exclusive. */
    public static final int JITTER_STEPS = 1 << 16;

    private static final int JITTER_PARTS = 10;

    private final long revalidateAfterNanos;
    private final long revalidatePushedAfterNanos;
    private final long refreshAheadNanos;
    private final long expiringWithinMillis;
    private final long revalidateExpiringAfterNanos;
    private final long refreshExpiringAheadNanos;
    private final long serveStaleForNanos;

    /** What is known of a session. */
    public enum Standing {
        NEVER_CHECKED,
        LIVE,
        ENDED
    }

    /** What to do with a request. */
    public enum Decision {
        SERVE,
        SERVE_AND_REFRESH,
        CHECK_FIRST,
        REFUSE
    }

    /** What to do with a request whose check could not be made. */
    public enum Fallback {
        SERVE_STALE,
        UNAVAILABLE
    }

    /**
     * Takes the intervals of one realm.
     *
     * @param revalidateAfter age at which a check is due; zero is every request
     * @param revalidatePushedAfter the same while the end of the session is sure to be pushed; less than {@code
     *     revalidateAfter} is the same as that
     * @param expiringWithin a token this close to its expiry is checked more often; zero turns that off
     * @param revalidateExpiringAfter age at which a check is due for such a token; zero is every request
     * @param refreshAhead how long before a check is due it is made in the background; never more than half of the
     *     interval, and for an expiring token in proportion to its shorter interval
     * @param serveStaleFor age up to which a good check stands in for one that could not be made; zero is never
     */
    public CheckPolicy(
            Duration revalidateAfter,
            Duration revalidatePushedAfter,
            Duration expiringWithin,
            Duration revalidateExpiringAfter,
            Duration refreshAhead,
            Duration serveStaleFor) {
        this.revalidateAfterNanos = nanos(revalidateAfter);
        this.revalidatePushedAfterNanos = Math.max(nanos(revalidatePushedAfter), revalidateAfterNanos);
        this.expiringWithinMillis = nanos(expiringWithin) / 1_000_000;
        this.revalidateExpiringAfterNanos = Math.min(nanos(revalidateExpiringAfter), revalidateAfterNanos);
        this.refreshAheadNanos = Math.min(nanos(refreshAhead), revalidateAfterNanos / 2);
        this.refreshExpiringAheadNanos = revalidateAfterNanos == 0
                ? 0
                : (long) ((double) refreshAheadNanos / revalidateAfterNanos * revalidateExpiringAfterNanos);
        this.serveStaleForNanos = nanos(serveStaleFor);
    }

    /**
     * Decides about a request.
     *
     * @param checkedNanos when the last good check began; read only when live
     * @param untilNanos when live, the row's own expiry; when ended, how long that is remembered
     * @param jitter of this session and check, from {@link #jitter}
     * @param pushed whether, had the session ended since that check, it would be known here
     * @param tokenIssuedAtMillis {@code iat} in milliseconds since the epoch, or -1 where the token has none: its lifetime
     *     is then unknown and {@code expiringWithin} holds as it is, which asks too often rather than too seldom
     * @param tokenExpiresAtMillis {@code exp} in milliseconds since the epoch; may lie in the past, by the clock skew that
     *     is allowed or by a jump of the clock, and is then as close as can be
     */
    public Decision decide(
            Standing standing,
            long checkedNanos,
            long untilNanos,
            int jitter,
            boolean pushed,
            long nowNanos,
            long tokenIssuedAtMillis,
            long tokenExpiresAtMillis,
            long nowEpochMillis) {
        if (standing == Standing.NEVER_CHECKED) {
            return Decision.CHECK_FIRST;
        }
        boolean untilIsOver = nowNanos - untilNanos >= 0;
        if (standing == Standing.ENDED) {
            return untilIsOver ? Decision.CHECK_FIRST : Decision.REFUSE;
        }
        if (untilIsOver) {
            // The application may have prolonged the row since, as sliding sessions do. What is asked once here is
            // remembered as ended when it is.
            return Decision.CHECK_FIRST;
        }
        long toExpiringMillis = millisToExpiring(tokenIssuedAtMillis, tokenExpiresAtMillis, nowEpochMillis);
        boolean expiring = toExpiringMillis <= 0;
        long longNanos = pushed ? revalidatePushedAfterNanos : revalidateAfterNanos;
        long intervalNanos = expiring ? revalidateExpiringAfterNanos : longNanos;
        long ageNanos = nowNanos - checkedNanos;
        if (intervalNanos == 0 || ageNanos > shorten(intervalNanos, jitter)) {
            return Decision.CHECK_FIRST;
        }
        // When the shorter interval comes into force a moment later, the check it will ask for is made now.
        boolean refresh = (expiring || toExpiringMillis * 1_000_000 <= refreshAheadNanos)
                ? isAhead(ageNanos, revalidateExpiringAfterNanos, refreshExpiringAheadNanos, jitter)
                : isAhead(ageNanos, longNanos, refreshAheadNanos, jitter);
        return refresh ? Decision.SERVE_AND_REFRESH : Decision.SERVE;
    }

    /**
     * How long a background check may wait for others to share a query with: a quarter of the time in which its answer
     * still comes before a request would have to wait. Parameters as in {@link #decide}.
     */
    public long lingerNanos(
            long checkedNanos,
            int jitter,
            boolean pushed,
            long nowNanos,
            long tokenIssuedAtMillis,
            long tokenExpiresAtMillis,
            long nowEpochMillis) {
        boolean expiring = millisToExpiring(tokenIssuedAtMillis, tokenExpiresAtMillis, nowEpochMillis) <= 0;
        long longNanos = pushed ? revalidatePushedAfterNanos : revalidateAfterNanos;
        long intervalNanos = expiring ? revalidateExpiringAfterNanos : longNanos;
        return Math.max(0, shorten(intervalNanos, jitter) - (nowNanos - checkedNanos)) / 4;
    }

    /**
     * Decides about a request whose check could not be made.
     *
     * @param checkedNanos when the last good check began; read only when live
     * @param untilNanos the row's own expiry; read only when live
     * @param staleLimitNanos the route's own limit, or {@link #FOREVER_NANOS}; zero is never
     */
    public Fallback fallback(
            Standing standing, long checkedNanos, long untilNanos, long nowNanos, long staleLimitNanos) {
        long limitNanos = Math.min(serveStaleForNanos, staleLimitNanos);
        boolean stale = standing == Standing.LIVE
                && nowNanos - untilNanos < 0
                && limitNanos > 0
                && nowNanos - checkedNanos <= limitNanos;
        return stale ? Fallback.SERVE_STALE : Fallback.UNAVAILABLE;
    }

    /**
     * A number that scatters the checks of many sessions: the same for one session and check wherever it is asked, and
     * another after the next check, so that sessions checked in one batch drift apart.
     */
    public static int jitter(int sessionHash, long checkedNanos) {
        // The finaliser of SplittableRandom (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
        long z = (checkedNanos ^ ((long) sessionHash << 32)) + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return (int) (z >>> 48);
    }

    /** Nanoseconds of a duration, held between zero and {@link #FOREVER_NANOS}. */
    public static long nanos(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.compareTo(Duration.ofNanos(FOREVER_NANOS)) > 0 ? FOREVER_NANOS : duration.toNanos();
    }

    private static boolean isAhead(long ageNanos, long intervalNanos, long aheadNanos, int jitter) {
        return aheadNanos > 0 && shorten(intervalNanos, jitter) - ageNanos <= aheadNanos;
    }

    /** How long until the token counts as expiring, at most {@link #FOREVER_NANOS} in milliseconds; negative once it does. */
    private long millisToExpiring(long issuedAtMillis, long expiresAtMillis, long nowEpochMillis) {
        long longestMillis = FOREVER_NANOS / 1_000_000;
        if (expiringWithinMillis == 0) {
            return longestMillis;
        }
        long withinMillis = expiringWithinMillis;
        if (issuedAtMillis >= 0 && expiresAtMillis > issuedAtMillis) {
            withinMillis = Math.min(withinMillis, (expiresAtMillis - issuedAtMillis) / 4);
        }
        return Math.min(expiresAtMillis - nowEpochMillis - withinMillis, longestMillis);
    }

    /** The interval less up to a tenth of it, never more than the interval. */
    private static long shorten(long intervalNanos, int jitter) {
        return intervalNanos - intervalNanos / ((long) JITTER_PARTS * JITTER_STEPS) * jitter;
    }
}
