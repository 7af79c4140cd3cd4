package io.sessiongate.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.SampledReads;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The findings by session, at most a fixed number of them. Read on any thread without a lock; a live finding is written on
 * the check loop, an end on whatever thread learns of it. Which of two writers wins does not depend on who is first: an end
 * that is remembered is never replaced by a good row, so nothing brings a session back that was ended while its check was
 * under way.
 *
 * <p>Nothing expires here and a hit prolongs nothing: the policy compares ages. When it is full the entry least worth
 * keeping goes, ended or live alike; a session without an entry is one that was never checked, so it is checked first and
 * never served. Only a validly signed token brings an entry in here; a flood of ids used once (a client that mints tokens,
 * or was handed many) loses against those in daily use, as admission goes by frequency (W-TinyLFU; Einziger, Friedman,
 * Manes: TinyLFU, a Highly Efficient Cache Admission Policy).
 */
final class SessionCache {

    private final Cache<Fingerprint, SessionFacts> facts;
    private final SampledReads<Fingerprint, SessionFacts> reads;
    private final SessionMeters meters;

    /** Keeps at most {@code size} sessions; upkeep runs on {@code upkeep}, never on a caller's thread. */
    SessionCache(int size, Executor upkeep, SessionMeters meters) {
        this.facts = Caffeine.newBuilder()
                .maximumSize(size)
                .executor(upkeep)
                .evictionListener((@Nullable Fingerprint session, @Nullable SessionFacts lost, RemovalCause cause) ->
                        meters.evicted())
                .build();
        this.reads = new SampledReads<>(facts);
        this.meters = meters;
        meters.cache(size, facts::estimatedSize);
    }

    /** Keeps at most that many from now on. */
    void limit(int size) {
        facts.policy().eviction().ifPresent(bound -> bound.setMaximum(size));
        meters.cache(size, facts::estimatedSize);
    }

    /**
     * Takes over what another cache knows and this one does not know better, but for ends that were only found.
     *
     * @param withFound those as well
     */
    void takeOver(SessionCache former, boolean withFound) {
        former.facts.asMap().forEach((session, known) -> {
            if (known.standing() != Standing.ENDED) {
                facts.asMap().putIfAbsent(session, known);
            } else if (withFound || known.isSaid()) {
                end(session, known);
            }
        });
    }

    /** Forgets everything. */
    void clear() {
        facts.invalidateAll();
    }

    /** The last finding, or {@link SessionFacts#NONE}. */
    SessionFacts find(Fingerprint session) {
        SessionFacts found = reads.get(session);
        return found == null ? SessionFacts.NONE : found;
    }

    /** Remembers a good row unless the session is known to have ended; says what is remembered now. On the check loop. */
    SessionFacts live(Fingerprint session, SessionFacts found, long nowNanos) {
        SessionFacts kept =
                facts.asMap().compute(session, (key, old) -> old != null && isEnded(old, nowNanos) ? old : found);
        return kept == null ? found : kept;
    }

    private static boolean isEnded(SessionFacts facts, long nowNanos) {
        return facts.standing() == Standing.ENDED && nowNanos - facts.untilNanos() < 0;
    }

    /** Remembers an end; of two the one that is remembered longer. */
    SessionFacts end(Fingerprint session, SessionFacts ended) {
        SessionFacts kept = facts.asMap().merge(session, ended, SessionFacts::longer);
        return kept == null ? ended : kept;
    }

    /** Remembers an end of a session that is known, if all that is known was seen before that time. */
    void endIfKnown(Fingerprint session, SessionFacts ended, long seenBeforeNanos) {
        facts.asMap()
                .computeIfPresent(
                        session,
                        (key, old) -> old.standing() == Standing.LIVE && old.checkedNanos() - seenBeforeNanos < 0
                                ? ended
                                : old);
    }
}
