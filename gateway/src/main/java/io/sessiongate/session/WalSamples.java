package io.sessiongate.session;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Where the primary's write-ahead log stood at some times, the latest of them; what a replica has replayed tells by them how old
 * its rows may be, with no clock but ours. Confined to the check loop.
 *
 * <p>The log's insert position was read after {@code askedNanos}, so it lies behind every commit that anybody was told of, or
 * could see, before that time: a replica that has replayed up to it holds them all. (The write position would not do: with
 * {@code synchronous_commit = off} a commit is told of before it is written.) Samples of a former primary stay true of what it
 * had committed; they go when another link brings the next, since positions of another server mean something else.
 *
 * <p>Bound: what is younger than the longest lag and one more, at most {@value #MOST}.
 */
final class WalSamples {

    /** In place of a staleness: nothing can be said. */
    static final long UNPROVEN = Long.MAX_VALUE;

    static final int MOST = 1024;

    private final long maxLagNanos;
    private final ArrayDeque<Sample> samples = new ArrayDeque<>();

    private record Sample(long position, long askedNanos) {}

    WalSamples(long maxLagNanos) {
        this.maxLagNanos = maxLagNanos;
    }

    void add(long position, long askedNanos) {
        if (!samples.isEmpty() && samples.getLast().position > position) {
            samples.clear(); // a log never goes back: this is another server's
        }
        samples.addLast(new Sample(position, askedNanos));
        // The oldest kept is just beyond the bound, so that a replica without it is known to lag.
        while (samples.size() > MOST || isSecondBeyond(askedNanos)) {
            samples.removeFirst();
        }
    }

    private boolean isSecondBeyond(long nowNanos) {
        Iterator<Sample> oldest = samples.iterator();
        oldest.next();
        return oldest.hasNext() && nowNanos - oldest.next().askedNanos >= maxLagNanos;
    }

    void clear() {
        samples.clear();
    }

    /** Whether a replica could prove now that its answer is young enough, and holds what was committed before that time. */
    boolean canProve(long nowNanos, long notOlderThanNanos) {
        if (samples.isEmpty()) {
            return false;
        }
        long newestNanos = samples.getLast().askedNanos;
        return nowNanos - newestNanos <= maxLagNanos
                && (notOlderThanNanos == CheckConnection.ANY_AGE || newestNanos - notOlderThanNanos >= 0);
    }

    /**
     * How old rows may be at {@code begunNanos} that were read after that much had been replayed; more than the longest lag
     * where the replica is known to lag, {@link #UNPROVEN} where nothing is known.
     */
    long stalenessNanos(long replayedPosition, long begunNanos) {
        for (Iterator<Sample> newest = samples.descendingIterator(); newest.hasNext(); ) {
            Sample sample = newest.next();
            if (sample.position <= replayedPosition) {
                return Math.max(0, begunNanos - sample.askedNanos);
            }
        }
        // It has not got what was there at the oldest sample: it lags by at least that.
        long leastNanos = samples.isEmpty() ? 0 : begunNanos - samples.getFirst().askedNanos;
        return leastNanos > maxLagNanos ? leastNanos : UNPROVEN;
    }
}
