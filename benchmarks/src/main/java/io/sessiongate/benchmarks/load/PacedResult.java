package io.sessiongate.benchmarks.load;

import org.HdrHistogram.Histogram;

/**
 * What came of a {@link PacedLoad}.
 *
 * @param latencyMicros of every answered request, refusals included, from when it was due to its last byte
 * @param lateMicros how long after it was due a request went out that nothing but the generator held back
 * @param errors answers other than 2xx, lost connections, and requests without an answer at the end
 */
public record PacedResult(Histogram latencyMicros, Histogram lateMicros, long errors, long elapsedNanos) {

    public long answered() {
        return latencyMicros.getTotalCount();
    }

    public double percentileMillis(double percentile) {
        return latencyMicros.getValueAtPercentile(percentile) / 1000.0;
    }

    /** 99th percentile of the generator's own lateness. */
    public double lateMillis() {
        return lateMicros.getValueAtPercentile(99) / 1000.0;
    }
}
