package io.sessiongate.session;

/**
 * Waits by length: to the microsecond below 128 µs, above it to one part in 64. Confined to one thread, of a fixed size.
 */
public final class WaitTimes {

    private static final int PARTS = 64;

    private final long[] counts = new long[PARTS * 40];
    private long count;
    private long longestNanos;

    void add(long nanos) {
        counts[slotOf(nanos / 1000)]++;
        count++;
        longestNanos = Math.max(longestNanos, nanos);
    }

    public long count() {
        return count;
    }

    public long longestNanos() {
        return longestNanos;
    }

    /** What this share of all waits does not exceed, rounded up by a sixty-fourth at most; zero when there are none. */
    public long quantileNanos(double share) {
        long rank = (long) Math.ceil(share * count);
        long seen = 0;
        for (int slot = 0; slot < counts.length; slot++) {
            seen += counts[slot];
            if (seen >= rank && seen > 0) {
                return Math.min(longestNanos, lowestMicros(slot + 1) * 1000);
            }
        }
        return longestNanos;
    }

    private static int slotOf(long micros) {
        if (micros < 2 * PARTS) {
            return (int) micros;
        }
        int shift = 63 - Long.numberOfLeadingZeros(micros) - 6;
        return (shift + 1) * PARTS + (int) (micros >>> shift) - PARTS;
    }

    private static long lowestMicros(int slot) {
        if (slot < 2 * PARTS) {
            return slot;
        }
        int shift = slot / PARTS - 1;
        return (long) (slot % PARTS + PARTS) << shift;
    }
}
