package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What was said, since they were checked, of sessions one by one or of all sessions of a subject: that they changed, or that
 * they ended. What was found before counts no longer; what is found later does. Any thread.
 *
 * <p>At most {@value #LIMIT} are remembered, each for as long as a finding from before it could still be served. When it is
 * full everything is taken to have changed: all that was found so far is checked before it is served again, and memory starts
 * afresh.
 */
final class Hearsay {

    static final int LIMIT = 65_536;

    /** What was said since a finding. */
    enum Word {
        NOTHING,
        CHANGED,
        ENDED
    }

    /**
     * The latest of either word, as monotonic time.
     *
     * @param hasEnded whether {@code endedNanos} means anything
     */
    private record Said(long changedNanos, boolean hasEnded, long endedNanos) {

        Said and(Said later) {
            return new Said(
                    later(changedNanos, later.changedNanos),
                    hasEnded || later.hasEnded,
                    !hasEnded ? later.endedNanos : !later.hasEnded ? endedNanos : later(endedNanos, later.endedNanos));
        }

        private static long later(long one, long other) {
            return one - other >= 0 ? one : other;
        }
    }

    private final Map<Fingerprint, Said> said = new ConcurrentHashMap<>();
    private final AtomicLong overflows = new AtomicLong();
    private volatile boolean hasFloor;
    private volatile long floorNanos;

    /** They changed; a finding from before that time is not good enough. */
    void changed(Fingerprint of, long nowNanos) {
        say(of, new Said(nowNanos, false, 0), nowNanos);
    }

    /** They ended; a finding from before that time is an end. */
    void ended(Fingerprint of, long nowNanos) {
        say(of, new Said(nowNanos, true, nowNanos), nowNanos);
    }

    private void say(Fingerprint of, Said word, long nowNanos) {
        said.merge(of, word, Said::and);
        if (said.size() > LIMIT) {
            overflows.incrementAndGet();
            // The floor first: between the two a word may be heard twice, never not at all.
            floorNanos = nowNanos;
            hasFloor = true;
            forget(nowNanos);
        }
    }

    /** What was said since a finding of that time; no allocation. */
    Word since(Fingerprint of, long checkedNanos) {
        if (hasFloor && checkedNanos - floorNanos < 0) {
            return Word.CHANGED;
        }
        // Not guarded by a look at the size, which is a sum that may be read as zero while others come and go.
        Said word = said.get(of);
        if (word == null) {
            return Word.NOTHING;
        }
        if (word.hasEnded && checkedNanos - word.endedNanos < 0) {
            return Word.ENDED;
        }
        return checkedNanos - word.changedNanos < 0 ? Word.CHANGED : Word.NOTHING;
    }

    /** The time from which on a finding counts, or null where any does. */
    @Nullable Long notBefore(Fingerprint of) {
        Said word = said.get(of);
        Long floor = hasFloor ? Long.valueOf(floorNanos) : null;
        if (word == null) {
            return floor;
        }
        return floor == null || word.changedNanos - floor >= 0 ? Long.valueOf(word.changedNanos) : floor;
    }

    /** Forgets what was said before that time, as no finding from before it is served any more. */
    void forget(long beforeNanos) {
        said.forEach((of, word) -> {
            // Only this very word: a later one may have come since.
            if (word.changedNanos - beforeNanos <= 0) {
                said.remove(of, word);
            }
        });
    }

    int size() {
        return said.size();
    }

    /** How often it was full. */
    long overflows() {
        return overflows.get();
    }
}
