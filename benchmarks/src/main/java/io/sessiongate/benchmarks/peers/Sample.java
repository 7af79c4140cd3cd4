package io.sessiongate.benchmarks.peers;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One measurement of one peer, or the medians of several.
 *
 * @param residentMebibytes at the end of it
 * @param busy share of its processor the peer used, 0 to 1
 * @param others share of that processor that anybody else used, the hypervisor included: what a noisy machine is told by
 * @param load share of the other processor that load generator and application used: well below 1, neither held the peer back
 * @param lateMillis 99th percentile of the generator's own lateness; 0 where there is no rate to be late for
 */
record Sample(
        double userMicros,
        double systemMicros,
        double requestsPerSecond,
        double p50Millis,
        double p99Millis,
        double p999Millis,
        double residentMebibytes,
        double busy,
        double others,
        double load,
        double lateMillis,
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
                median(samples, Sample::p999Millis),
                median(samples, Sample::residentMebibytes),
                median(samples, Sample::busy),
                median(samples, Sample::others),
                median(samples, Sample::load),
                median(samples, Sample::lateMillis),
                samples.stream().mapToLong(Sample::errors).sum());
    }

    static double median(List<Sample> samples, ToDoubleFunction<Sample> number) {
        return median(samples.stream().mapToDouble(number).toArray());
    }

    /** The middle one, or the middle of the middle two. */
    static double median(double[] numbers) {
        double[] sorted = numbers.clone();
        java.util.Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
