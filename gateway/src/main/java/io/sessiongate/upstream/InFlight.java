package io.sessiongate.upstream;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How many requests are under way at one server, on all loops together. Safe to use from any thread.
 *
 * <p>One atomic number and not one a loop, as it is read for every choice and its bound is exact; it stands alone in its
 * cache lines, so that loops that serve other servers are not slowed down by it.
 */
final class InFlight {

    /** A cache line and more on either side, with the header of the array in front. */
    private static final int LENGTH = 64;

    private static final int PLACE = 32;

    private final AtomicIntegerArray padded = new AtomicIntegerArray(LENGTH);

    int now() {
        return padded.get(PLACE);
    }

    /**
     * One more, unless there are as many as may be.
     *
     * @param max 0 for no bound
     */
    boolean tryBegin(int max) {
        if (max == 0) {
            padded.getAndIncrement(PLACE);
            return true;
        }
        int seen = now();
        while (seen < max) {
            int before = padded.compareAndExchange(PLACE, seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    void end() {
        padded.getAndDecrement(PLACE);
    }
}
