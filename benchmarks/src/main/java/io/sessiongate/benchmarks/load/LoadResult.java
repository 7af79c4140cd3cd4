package io.sessiongate.benchmarks.load;

import java.util.SortedMap;
import org.HdrHistogram.Histogram;

/**
 * What came of a load.
 *
 * @param latencyMicros of every request, failed ones included, from when it was due to its last byte
 * @param outcomes how many requests ended how: {@code 200}, {@code 503}, {@code timed out}, {@code connection refused}…
 * @param elapsedNanos from the first request to the end of the last
 * @param again requests that were sent once more because a kept connection had ended
 */
public record LoadResult(Histogram latencyMicros, SortedMap<String, Long> outcomes, long elapsedNanos, long again) {

    /** Of which none was. */
    public LoadResult(Histogram latencyMicros, SortedMap<String, Long> outcomes, long elapsedNanos) {
        this(latencyMicros, outcomes, elapsedNanos, 0);
    }

    /** Requests sent. */
    public long requests() {
        return latencyMicros.getTotalCount();
    }

    /** Requests answered with 2xx. */
    public long good() {
        return outcomes.entrySet().stream()
                .filter(e -> e.getKey().startsWith("2"))
                .mapToLong(e -> e.getValue())
                .sum();
    }

    public double requestsPerSecond() {
        return elapsedNanos == 0 ? 0 : requests() * 1e9 / elapsedNanos;
    }

    public double percentileMillis(double percentile) {
        return latencyMicros.getValueAtPercentile(percentile) / 1000.0;
    }
}
