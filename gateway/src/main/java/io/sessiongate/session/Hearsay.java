package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
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
    private final Runnable onFull;
    private final int limit;
    /** From before that time nothing counts; null until it was full once. Only ever later. */
    private final AtomicReference<@Nullable Long> floor = new AtomicReference<>();

    /** {@code onFull} is told each time that it was full, by whoever filled it. */
    Hearsay(Runnable onFull) {
        this(LIMIT, onFull);
    }

    /** One that is full sooner, for tests. */
    Hearsay(int limit) {
        this(limit, () -> {});
    }

    private Hearsay(int limit, Runnable onFull) {
        this.limit = limit;
        this.onFull = onFull;
    }

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
        if (said.size() > limit) {
            overflows.incrementAndGet();
            onFull.run();
            // The floor first, as who reads looks at the words first: a word may be heard twice, never not at all.
            floor.accumulateAndGet(nowNanos, Hearsay::laterOrOnly);
            forget(nowNanos);
        }
    }

    /** What was found before that time counts no longer, whatever it is. */
    void nothingBefore(long nanos) {
        floor.accumulateAndGet(nanos, Hearsay::laterOrOnly);
    }

    /** Takes over what another has heard. */
    void takeOver(Hearsay former) {
        Long theirs = former.floor.get();
        if (theirs != null) {
            nothingBefore(theirs);
        }
        former.said.forEach((of, word) -> said.merge(of, word, Said::and));
    }

    /** What was said since a finding of that time; no allocation. */
    Word since(Fingerprint of, long checkedNanos) {
        // Not guarded by a look at the size, which is a sum that may be read as zero while others come and go.
        Said word = said.get(of);
        if (word != null && word.hasEnded && checkedNanos - word.endedNanos < 0) {
            return Word.ENDED;
        }
        if (word != null && checkedNanos - word.changedNanos < 0) {
            return Word.CHANGED;
        }
        Long floorNanos = floor.get(); // after the word, which may have been forgotten for it
        return floorNanos != null && checkedNanos - floorNanos < 0 ? Word.CHANGED : Word.NOTHING;
    }

    private static Long laterOrOnly(@Nullable Long floorNanos, @Nullable Long nowNanos) {
        long now = Objects.requireNonNull(nowNanos);
        return floorNanos == null ? now : Said.later(floorNanos, now);
    }

    /** The time from which on a finding counts, or null where any does. */
    @Nullable Long notBefore(Fingerprint of) {
        Said word = said.get(of);
        Long floorNanos = floor.get();
        if (word == null) {
            return floorNanos;
        }
        return floorNanos == null ? word.changedNanos : Said.later(word.changedNanos, floorNanos);
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
