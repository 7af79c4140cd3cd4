package io.sessiongate.session;

import org.jspecify.annotations.Nullable;

/** One timer for a task that has to run again by some time, and may run too early. Confined to the check loop. */
final class Wakeup {

    private final CheckLoop loop;
    private final Runnable task;
    private CheckLoop.@Nullable Timer timer;
    private long atNanos;

    Wakeup(CheckLoop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
    }

    /** Runs the task after that delay at the latest; {@link Long#MAX_VALUE} asks for nothing. */
    void in(long delayNanos) {
        long now = loop.nanoTime();
        if (delayNanos == Long.MAX_VALUE || (timer != null && atNanos - now <= delayNanos)) {
            return;
        }
        cancel();
        atNanos = now + delayNanos;
        timer = loop.schedule(delayNanos, () -> {
            timer = null;
            task.run();
        });
    }

    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
