package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one timer of a connection, or of a place for streams. Setting a deadline later than the timer's next ring costs two field writes; the timer,
 * when it rings, looks whether the deadline has come and sets itself anew. Confined to the connection's event loop.
 */
final class Deadline {

    private final EventLoop loop;
    private final LongSupplier nanoTime;
    private final Runnable onExpired;
    private @Nullable Future<?> timer;
    private long ringsNanos;
    private boolean set;
    private long deadlineNanos;

    Deadline(EventLoop loop, LongSupplier nanoTime, Runnable onExpired) {
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.onExpired = onExpired;
    }

    /** Replaces the deadline by one so long from now. */
    void in(long nanos) {
        at(nanoTime.getAsLong() + nanos);
    }

    void at(long nanos) {
        set = true;
        deadlineNanos = nanos;
        if (timer == null) {
            ring(nanos);
        } else if (nanos - ringsNanos < 0) {
            timer.cancel(false);
            ring(nanos);
        }
    }

    /** There is nothing to wait for. */
    void clear() {
        set = false;
    }

    /** The connection is over. */
    void cancel() {
        set = false;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void ring(long atNanos) {
        ringsNanos = atNanos;
        timer = loop.schedule(this::onRing, Math.max(0, atNanos - nanoTime.getAsLong()), TimeUnit.NANOSECONDS);
    }

    private void onRing() {
        timer = null;
        if (!set) {
            return;
        }
        if (nanoTime.getAsLong() - deadlineNanos >= 0) {
            set = false;
            onExpired.run();
        } else {
            ring(deadlineNanos);
        }
    }
}
