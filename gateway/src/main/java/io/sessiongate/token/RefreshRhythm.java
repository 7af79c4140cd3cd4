package io.sessiongate.token;

import java.time.Duration;

/**
 * When a source of keys is read: a function of what happened and of chance, without a clock. Immutable.
 *
 * @param refresh between two readings that succeed
 * @param jitter whether up to a tenth is taken off, so that a fleet does not ask in step
 * @param atMostEvery the least time between two readings, however many tokens ask for one
 */
record RefreshRhythm(Duration refresh, boolean jitter, Duration atMostEvery) {

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(60);

    /** Of a URL. */
    static RefreshRhythm ofUrl(Duration refresh) {
        return new RefreshRhythm(refresh, true, Duration.ofSeconds(30));
    }

    /** Of a file, which costs next to nothing to look at. */
    static RefreshRhythm ofFile() {
        return new RefreshRhythm(Duration.ofSeconds(3), false, Duration.ofSeconds(1));
    }

    /**
     * Until the next reading, from the end of the last.
     *
     * @param failures in a row, 0 after one that succeeded
     * @param chance from 0 to 1
     */
    Duration next(int failures, double chance) {
        Duration plain = refresh;
        if (failures > 0) {
            Duration retry = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
            Duration longest = refresh.compareTo(LONGEST_RETRY) < 0 ? refresh : LONGEST_RETRY;
            plain = retry.compareTo(longest) < 0 ? retry : longest;
        }
        return jitter ? plain.minusNanos((long) (plain.toNanos() * 0.1 * chance)) : plain;
    }

    /** Whether a token may ask for a reading that long after the last one began. */
    boolean maySoon(long sinceBegunNanos) {
        return sinceBegunNanos >= atMostEvery.toNanos();
    }
}
