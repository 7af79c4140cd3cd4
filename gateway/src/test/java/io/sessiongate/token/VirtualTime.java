package io.sessiongate.token;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock and a ticker that only move when they are told to. */
final class VirtualTime implements InstantSource {

    private final AtomicLong nanos = new AtomicLong(1);
    private volatile Instant now = Tokens.NOW;

    @Override
    public Instant instant() {
        return now;
    }

    long nanoTime() {
        return nanos.get();
    }

    void pass(Duration time) {
        now = now.plus(time);
        nanos.addAndGet(time.toNanos());
    }

    /** Sets the wall clock; the ticker goes on as before. */
    void set(Instant time) {
        now = time;
    }

    /** Lets the ticker alone go on. */
    void passUnseenByTheClock(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
