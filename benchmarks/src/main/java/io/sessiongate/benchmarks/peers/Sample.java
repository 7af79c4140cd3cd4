package io.sessiongate.benchmarks.peers;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One measurement of one peer, or the medians of several.
 *
 * @param busy share of its processor the peer used, 0 to 1
 */
record Sample(
        double userMicros,
        double systemMicros,
        double requestsPerSecond,
        double p50Millis,
        double p99Millis,
        double residentMegabytes,
        double busy,
        long errors) {

    double cpuMicros() {
        return userMicros + systemMicros;
    }

    /** Each number's own median; errors are summed. */
    static Sample median(List<Sample> samples) {
        return new Sample(
                median(samples, Sample::userMicros),
                median(samples, Sample::systemMicros),
                median(samples, Sample::requestsPerSecond),
                median(samples, Sample::p50Millis),
                median(samples, Sample::p99Millis),
                median(samples, Sample::residentMegabytes),
                median(samples, Sample::busy),
                samples.stream().mapToLong(Sample::errors).sum());
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> number) {
        double[] sorted = samples.stream().mapToDouble(number).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
