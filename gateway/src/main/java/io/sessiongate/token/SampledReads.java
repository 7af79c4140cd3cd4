package io.sessiongate.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Policy;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads a cache of which a request reads several: always the one truth, but only one read in {@value #ONE_IN}, drawn by lot,
 * is told to the eviction policy. Its bookkeeping costs several times as much as the look-up, and a sample ranks entries by
 * frequency as well as all reads do. Where entries expire by access, one that is hardly used may be forgotten early. For any
 * thread.
 */
public final class SampledReads<K, V> {

    private static final int ONE_IN = 16;

    private final Cache<K, V> cache;
    private final Policy<K, V> policy;

    public SampledReads(Cache<K, V> cache) {
        this.cache = cache;
        this.policy = cache.policy();
    }

    public @Nullable V get(K key) {
        return (ThreadLocalRandom.current().nextInt() & (ONE_IN - 1)) == 0
                ? cache.getIfPresent(key)
                : policy.getIfPresentQuietly(key);
    }
}
