package io.sessiongate.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.token.TokenVerdict.Valid;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that were found good, by their exact text, each until it is over. For any thread. Bounded: when it is full, the
 * one that is least worth keeping goes, and costs a signature check when it comes back. A hit prolongs nothing. Refused
 * tokens are not kept: strangers could fill it with them. With opaque ones they can, and lose against those in daily use, as
 * admission goes by frequency.
 */
final class TokenCache {

    /**
     * What is kept of a token.
     *
     * @param by the key that proved it, or null where it was none that may go
     */
    private record Kept(Valid verdict, @Nullable VerificationKey by) {}

    private final Cache<TokenText, Kept> tokens;
    private final SampledReads<TokenText, Kept> reads;

    /**
     * A cache.
     *
     * @param bound tokens kept
     */
    TokenCache(int bound, Duration clockSkew, InstantSource clock, LongSupplier nanoTime, TokenMeters.Realm meters) {
        this.tokens = Caffeine.newBuilder()
                .maximumSize(bound)
                .expireAfter(new UntilOver(clockSkew, clock))
                .ticker(nanoTime::getAsLong)
                // Its upkeep is short and amortized: no other thread is woken for it.
                .executor(Runnable::run)
                .evictionListener((@Nullable TokenText token, @Nullable Kept kept, RemovalCause cause) -> {
                    if (cause == RemovalCause.SIZE) {
                        meters.evictedForRoom();
                    } else {
                        meters.evictedAsExpired();
                    }
                })
                .build();
        this.reads = new SampledReads<>(tokens);
    }

    @Nullable Valid get(TokenText token) {
        Kept kept = reads.get(token);
        return kept == null ? null : kept.verdict();
    }

    void put(TokenText token, Valid verdict, @Nullable VerificationKey by) {
        tokens.put(token, new Kept(verdict, by));
    }

    /** Takes over what another cache knows, but for tokens of keys that are not among these. */
    void takeOver(TokenCache before, Set<VerificationKey> keys) {
        before.tokens.asMap().forEach((token, kept) -> {
            if (kept.by() == null || keys.contains(kept.by())) {
                tokens.put(token, kept);
            }
        });
    }

    /** Forgets a token that is over by the wall clock before it is by the ticker. */
    void remove(TokenText token) {
        tokens.invalidate(token);
    }

    /** Forgets everything. */
    void clear() {
        tokens.invalidateAll();
    }

    long size() {
        return tokens.estimatedSize();
    }

    /** For tests: does the upkeep that is due. */
    void settle() {
        tokens.cleanUp();
    }

    /** Keeps an entry until {@code exp} and the skew have passed, whatever happens in between. */
    private record UntilOver(Duration clockSkew, InstantSource clock) implements Expiry<TokenText, Kept> {

        @Override
        public long expireAfterCreate(TokenText key, Kept value, long currentTime) {
            long millis = value.verdict().token().expiresAtEpochMillis() + clockSkew.toMillis() - clock.millis();
            // toNanos of more than 292 years would overflow.
            return millis <= 0 ? 0 : millis > Long.MAX_VALUE / 1_000_000 ? Long.MAX_VALUE : millis * 1_000_000;
        }

        @Override
        public long expireAfterUpdate(TokenText key, Kept value, long currentTime, long currentDuration) {
            return expireAfterCreate(key, value, currentTime);
        }

        @Override
        public long expireAfterRead(TokenText key, Kept value, long currentTime, long currentDuration) {
            return currentDuration;
        }
    }
}
