package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.metrics.StreamMeters;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Revocations on their way to one event loop, from any thread. However many come, the loop gets one task at a time, which
 * takes up to {@value #SLICE}. At most {@value #BOUND} wait; when more come, the loop checks all of its streams instead,
 * which finds the same: a revocation is known to the session gate before it is told to anybody.
 *
 * <p>Protocol: who adds does so before it looks at {@code scheduled}, the loop clears {@code scheduled} before it looks for
 * what is left; so either sees the other.
 */
final class RevocationInbox {

    static final int BOUND = 4_096;
    private static final int SLICE = 256;

    private final EventLoop loop;
    private final LoopStreams streams;
    private final StreamMeters meters;
    private final Queue<Revocation> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean overflowed = new AtomicBoolean();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    RevocationInbox(EventLoop loop, LoopStreams streams, StreamMeters meters) {
        this.loop = loop;
        this.streams = streams;
        this.meters = meters;
    }

    /** From any thread. */
    void add(Revocation revocation) {
        if (streams.none()) {
            return;
        }
        if (size.incrementAndGet() > BOUND) {
            size.decrementAndGet();
            overflowed.set(true);
        } else {
            meters.waiting(1);
            queue.add(revocation);
        }
        wake();
    }

    private void wake() {
        // Read before it is written: a storm of revocations would otherwise make the flag's cache line the bottleneck.
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The loop is gone, and its connections with it.
            }
        }
    }

    private void drain() {
        if (overflowed.getAndSet(false)) {
            meters.overflowed();
            streams.recheckAll();
        }
        int taken = 0;
        for (@Nullable Revocation next = take(); next != null; next = ++taken < SLICE ? take() : null) {
            streams.end(next);
        }
        meters.waiting(-taken);
        scheduled.set(false);
        if (!queue.isEmpty() || overflowed.get()) {
            wake();
        }
    }

    private @Nullable Revocation take() {
        Revocation next = queue.poll();
        if (next != null) {
            size.decrementAndGet();
        }
        return next;
    }
}
