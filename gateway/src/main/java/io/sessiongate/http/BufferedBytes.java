package io.sessiongate.http;

import io.netty.channel.EventLoop;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * The one bound on what waits in memory: for clients, for upstreams, and to be understood. Each connection has bounds of its
 * own, but those of ten thousand together are more memory than there is. From half of the bound on, a connection for which
 * something waits is given no more until that is gone ({@link #tight}); beyond it, requests are refused ({@link #full}), and
 * who leaves lying what waits for him is cut.
 *
 * <p>The bound is not exact: a connection for which nothing waits may always go on by one read, so that nobody ever waits for
 * the memory of others. It is exceeded by at most that, once for each request that was under way.
 *
 * <p>One counter a loop, written by that loop alone and seen by the others a moment later; what is asked is their sum. In
 * ordinary traffic nothing waits, so nobody writes and reading costs nothing. Safe to use from any thread.
 */
public final class BufferedBytes {

    /** Longs from one loop's counter to the next, so that no two share a cache line, nor the pair that is fetched at once. */
    private static final int STRIDE = 16;

    private final boolean writesLater;
    private final long limit;
    private final AtomicLongArray counts;
    private final int loops;
    private final IdentityHashMap<EventLoop, LoopBytes> byLoop = new IdentityHashMap<>();

    /**
     * Opens the books of all loops.
     *
     * @param limit in bytes
     * @param patience how long bytes may wait for one client while too many do
     */
    public BufferedBytes(long limit, List<EventLoop> loops, Duration patience, LongSupplier nanoTime) {
        this(limit, loops, false, patience, nanoTime);
    }

    /**
     * The same.
     *
     * @param writesLater whether a flush only orders what is written, so that it has never left when the call returns
     */
    public BufferedBytes(
            long limit, List<EventLoop> loops, boolean writesLater, Duration patience, LongSupplier nanoTime) {
        this.writesLater = writesLater;
        this.limit = limit;
        this.loops = loops.size();
        this.counts = new AtomicLongArray((this.loops + 1) * STRIDE);
        for (int i = 0; i < this.loops; i++) {
            byLoop.put(loops.get(i), new LoopBytes(this, i, loops.get(i), patience, nanoTime));
        }
    }

    /** Half of the direct memory that the JVM allows: what waits stands in buffers that are not full. */
    public static long limitByMemory() {
        return PlatformDependent.maxDirectMemory() / 2;
    }

    /** The books of that loop. */
    public LoopBytes of(EventLoop loop) {
        LoopBytes own = byLoop.get(loop);
        if (own == null) {
            throw new IllegalArgumentException("not a loop of this transport");
        }
        return own;
    }

    boolean writesLater() {
        return writesLater;
    }

    public long limit() {
        return limit;
    }

    /** What waits, as far as every loop has said. */
    public long now() {
        long sum = 0;
        for (int i = 1; i <= loops; i++) {
            sum += counts.getOpaque(i * STRIDE);
        }
        return sum;
    }

    boolean tight() {
        return now() > limit / 2;
    }

    boolean full() {
        return now() > limit;
    }

    /** From that loop only. */
    void add(int loop, long bytes) {
        int at = (loop + 1) * STRIDE;
        counts.setOpaque(at, counts.getPlain(at) + bytes);
    }
}
