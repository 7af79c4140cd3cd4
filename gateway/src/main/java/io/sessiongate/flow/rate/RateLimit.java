package io.sessiongate.flow.rate;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketListener;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.MathType;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.LockFreeBucket;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RateLimitConfig.Count;
import io.sessiongate.metrics.RateMeters;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One limit, and a bucket of tokens for each client that has used some: the only class that knows the library of buckets. For any
 * thread, without locks: a bucket is an immutable state that is replaced by compare-and-set.
 *
 * <p>At most {@value #MOST_BUCKETS} buckets; a bucket is forgotten when nobody asked for it for so long that it is full again. When
 * there are more, those that are asked for least go, whose clients have the whole burst again; never does a limit cease to be one
 * for those that are held, nor for those that come.
 */
final class RateLimit {

    static final int MOST_BUCKETS = 65_536;

    private final RateLimitConfig config;
    private final RateMeters meters;
    private final BucketConfiguration bandwidth;
    private final String policy;
    private final TimeMeter time;
    private final long fillNanos;
    private final long tokenNanos;
    private final Cache<Object, Held> buckets;

    RateLimit(RateLimitConfig config, RateMeters meters, LongSupplier nanoTime) {
        this.config = config;
        this.meters = meters;
        this.policy = '"' + config.name() + "\";q=" + config.requests() + ";w="
                + Rates.seconds(config.per().toNanos());
        this.fillNanos = config.fill().toNanos();
        this.tokenNanos = Math.max(1, config.per().toNanos() / config.requests());
        this.bandwidth = new BucketConfiguration(List.of(Bandwidth.builder()
                .capacity(config.burst())
                .refillGreedy(config.requests(), config.per())
                .build()));
        long begunNanos = nanoTime.getAsLong();
        this.time = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                // The library compares, and a clock may pass its greatest value.
                return nanoTime.getAsLong() - begunNanos;
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MOST_BUCKETS)
                .expireAfter(new UntilFull())
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .evictionListener((@Nullable Object key, @Nullable Held held, RemovalCause cause) -> {
                    if (cause == RemovalCause.SIZE) {
                        meters.evicted();
                    }
                })
                .build();
    }

    /** What clients are told of it (draft-ietf-httpapi-ratelimit-headers): name, quota, and window in seconds. */
    String policy() {
        return policy;
    }

    RateLimitConfig config() {
        return config;
    }

    void watch() {
        meters.watch(buckets::estimatedSize, MOST_BUCKETS);
    }

    /** Takes a token, or looks whether there is one where only some requests take one. */
    Look look(Object key) {
        Bucket tokens = held(key).tokens;
        Look look = config.count() == Count.REQUESTS ? take(key, tokens) : estimate(key, tokens);
        if (look.passes()) {
            meters.passed();
        } else {
            meters.limited();
        }
        return look;
    }

    private Look take(Object key, Bucket tokens) {
        ConsumptionProbe probe = tokens.tryConsumeAndReturnRemaining(1);
        return new Look(
                this,
                key,
                probe.isConsumed(),
                probe.getRemainingTokens(),
                probe.getNanosToWaitForRefill(),
                probe.getNanosToWaitForReset());
    }

    private Look estimate(Object key, Bucket tokens) {
        EstimationProbe probe = tokens.estimateAbilityToConsume(1);
        long left = probe.getRemainingTokens();
        return new Look(this, key, probe.canBeConsumed(), left, probe.getNanosToWaitForRefill(), fullNanos(left));
    }

    private long fullNanos(long left) {
        return Math.max(0, config.burst() - left) * tokenNanos;
    }

    /**
     * The request turned out to be one that counts. Taken even where there is none: many that were looked at all at once would
     * otherwise be free, and have to be waited for.
     */
    Look charge(Look look) {
        Held held = held(look.key());
        long owedNanos = held.tokens.consumeIgnoringRateLimits(1);
        held.owedNanos = Math.min(owedNanos, RateLimitConfig.LONGEST_FILL.toNanos());
        if (owedNanos > 0) {
            // It is kept for longer than was known when it was read.
            var unused = buckets.getIfPresent(look.key());
        }
        meters.unauthorized();
        long left = look.left() - 1;
        return new Look(this, look.key(), look.passes(), left, look.waitNanos(), fullNanos(left));
    }

    private Held held(Object key) {
        return buckets.get(key, absent -> new Held(newBucket()));
    }

    private Bucket newBucket() {
        // Not by the builder, which makes the same configuration again for each.
        return new LockFreeBucket(bandwidth, MathType.INTEGER_64_BITS, time, BucketListener.NOPE);
    }

    /** A bucket, and how long it took from the last charge until nothing was owed. */
    private static final class Held {
        final Bucket tokens;
        volatile long owedNanos;

        Held(Bucket tokens) {
            this.tokens = tokens;
        }
    }

    /** Kept until a bucket is full again if nobody asks for it. */
    private final class UntilFull implements Expiry<Object, Held> {

        /** What is worked out in whole tokens may be one short. */
        private final long spareNanos = tokenNanos + TimeUnit.SECONDS.toNanos(1);

        @Override
        public long expireAfterCreate(Object key, Held held, long now) {
            return fillNanos + spareNanos;
        }

        @Override
        public long expireAfterUpdate(Object key, Held held, long now, long left) {
            return left;
        }

        @Override
        public long expireAfterRead(Object key, Held held, long now, long left) {
            return fillNanos + spareNanos + held.owedNanos;
        }
    }
}
