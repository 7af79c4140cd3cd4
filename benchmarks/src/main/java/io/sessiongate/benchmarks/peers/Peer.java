package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.load.LoadGenerator;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.ProcessUsage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Someone under measurement.
 *
 * @param process whose processor time and memory count
 */
record Peer(String name, InetSocketAddress address, ChildProcess process) {

    URI uri(String path) {
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
    }

    /** As fast as it goes, with wrk. */
    Sample saturated(Wrk wrk, Duration length) throws IOException, InterruptedException {
        ProcessUsage before = process.usage();
        Wrk.Result result = wrk.run(address, length);
        ProcessUsage used = process.usage().since(before);
        return sample(
                used,
                result.requests(),
                result.elapsedMicros(),
                result.p50Micros() / 1000.0,
                result.p99Micros() / 1000.0,
                result.errors());
    }

    /** At a fixed rate, latency counted from when a request was due. */
    Sample paced(List<String> tokens, int connections, int rate, Duration length) throws IOException {
        List<byte[]> requests =
                tokens.stream().map(t -> LoadPlan.get(address, "/api/stats", t)).toList();
        var interval = Duration.ofNanos(1_000_000_000L * connections / rate);
        var plan = new LoadPlan(
                address, connections, requests, new LoadPlan.Pace.Every(interval, length), Duration.ofSeconds(5));
        ProcessUsage before = process.usage();
        LoadResult result = LoadGenerator.run(plan);
        ProcessUsage used = process.usage().since(before);
        return sample(
                used,
                result.requests(),
                result.elapsedNanos() / 1000,
                result.percentileMillis(50),
                result.percentileMillis(99),
                result.requests() - result.good());
    }

    private static Sample sample(
            ProcessUsage used, long requests, long elapsedMicros, double p50Millis, double p99Millis, long errors) {
        return new Sample(
                (double) used.userMicros() / requests,
                (double) used.systemMicros() / requests,
                requests * 1e6 / elapsedMicros,
                p50Millis,
                p99Millis,
                used.residentBytes() / 1e6,
                (double) used.cpuMicros() / elapsedMicros,
                errors);
    }
}
