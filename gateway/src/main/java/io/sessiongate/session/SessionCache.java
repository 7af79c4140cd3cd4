package io.sessiongate.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.sessiongate.metrics.SessionMeters;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The findings of checks by session id, at most a fixed number of them. Read on any thread without a lock, written on the
 * check loop alone.
 *
 * <p>Nothing expires here and a hit prolongs nothing: the policy compares ages. When it is full the entry least worth
 * keeping goes, ended or live alike; a session without an entry is one that was never checked, so it is checked first and
 * never served. Only a validly signed token brings an id in here; a flood of ids used once (a client that mints tokens,
 * or was handed many) loses against those in daily use, as admission goes by frequency (W-TinyLFU; Einziger, Friedman,
 * Manes: TinyLFU, a Highly Efficient Cache Admission Policy).
 */
final class SessionCache {

    private final Cache<String, SessionFacts> facts;

    /** Keeps at most {@code size} sessions; upkeep runs on {@code upkeep}, never on a caller's thread. */
    SessionCache(int size, Executor upkeep, SessionMeters meters) {
        this.facts = Caffeine.newBuilder()
                .maximumSize(size)
                .executor(upkeep)
                .evictionListener(
                        (@Nullable String id, @Nullable SessionFacts lost, RemovalCause cause) -> meters.evicted())
                .build();
        meters.cache(size, facts::estimatedSize);
    }

    /** The last finding, or {@link SessionFacts#NONE}. */
    SessionFacts find(String sessionId) {
        SessionFacts found = facts.getIfPresent(sessionId);
        return found == null ? SessionFacts.NONE : found;
    }

    /** Remembers the newest finding. On the check loop. */
    void put(String sessionId, SessionFacts found) {
        facts.put(sessionId, found);
    }
}
