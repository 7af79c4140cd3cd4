package io.sessiongate.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests of one upstream whose body is still on its way may hold a connection, or wait for one, at once, on all
 * loops together: never more than {@code max}, so that clients who send slowly can never take all of them. Who finds no
 * place stands in its loop's {@link UploadLine}. Safe to use from any thread; only requests with a body that is not here
 * come by.
 */
final class UploadPlaces {

    private final int max;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<UploadLine> lines = new ArrayList<>();

    UploadPlaces(int max) {
        this.max = max;
    }

    /** Only while the upstream is being built. */
    void join(UploadLine line) {
        lines.add(line);
    }

    /** Whether there is a place; if so it must be {@linkplain #giveBack given back}, once. */
    boolean tryTake() {
        int seen = taken.get();
        while (seen < max) {
            int before = taken.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    /** A place is free again: lines in which somebody stands are told, each on its own loop. */
    void giveBack() {
        taken.decrementAndGet();
        if (waiting.get() > 0) {
            for (UploadLine line : lines) {
                if (line.waiting() > 0) {
                    line.poke();
                }
            }
        }
    }

    /** Somebody stands in a line from now on. Said before the last look for a place, so that none is given back unseen. */
    void stands() {
        waiting.incrementAndGet();
    }

    void stoodUp() {
        waiting.decrementAndGet();
    }

    int takenNow() {
        return taken.get();
    }

    int waitingNow() {
        return waiting.get();
    }
}
