package io.sessiongate.session;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.PriorityQueue;

/**
 * A check loop whose time stands still unless told to go on; tasks run in order of time, then of arrival. One thread, which is
 * that of every gateway that shares it: for simulations and tests.
 */
final class VirtualLoop implements CheckLoop {

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final long originNanos;
    private long elapsedNanos;
    private long orders;
    private long wallOffsetMillis = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static final class Task implements Timer, Comparable<Task> {
        private final long elapsedNanos;
        private final long order;
        private final Runnable work;
        private boolean cancelled;

        Task(long elapsedNanos, long order, Runnable work) {
            this.elapsedNanos = elapsedNanos;
            this.order = order;
            this.work = work;
        }

        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(elapsedNanos, other.elapsedNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    /** The monotonic clock begins anywhere, as {@link System#nanoTime} does. */
    VirtualLoop(long originNanos) {
        this.originNanos = originNanos;
    }

    /** A clock that overflows after ten seconds. */
    VirtualLoop() {
        this(Long.MAX_VALUE - Duration.ofSeconds(10).toNanos());
    }

    @Override
    public long nanoTime() {
        return originNanos + elapsedNanos;
    }

    long elapsedNanos() {
        return elapsedNanos;
    }

    InstantSource clock() {
        return () -> Instant.ofEpochMilli(wallOffsetMillis + elapsedNanos / 1_000_000);
    }

    /** Sets the wall clock, and it alone, forward or back. */
    void jump(Duration by) {
        wallOffsetMillis += by.toMillis();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable work) {
        Task task = new Task(elapsedNanos + Math.max(0, delayNanos), orders++, work);
        tasks.add(task);
        return task;
    }

    @Override
    public void execute(Runnable work) {
        schedule(0, work);
    }

    /** Runs what is due now. */
    void run() {
        advance(Duration.ZERO);
    }

    /** Lets time pass, running what becomes due at its own time. */
    void advance(Duration by) {
        long end = elapsedNanos + by.toNanos();
        for (Task next = tasks.peek(); next != null && next.elapsedNanos <= end; next = tasks.peek()) {
            tasks.poll();
            elapsedNanos = next.elapsedNanos;
            if (!next.cancelled) {
                next.work.run();
            }
        }
        elapsedNanos = end;
    }
}
