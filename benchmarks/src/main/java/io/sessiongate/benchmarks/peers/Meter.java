package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.load.PacedLoad;
import io.sessiongate.benchmarks.load.PacedResult;
import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.CpuClock;
import io.sessiongate.benchmarks.process.ProcessUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Asks one peer for a while and says what that cost it. Confined to the main thread. */
final class Meter {

    private static final double MEBIBYTE = 1 << 20;

    private final Wrk wrk;
    private final ChildProcess application;
    private final int proxyCpu;

    Meter(Wrk wrk, ChildProcess application, int proxyCpu) {
        this.wrk = wrk;
        this.application = application;
        this.proxyCpu = proxyCpu;
    }

    Sample measure(Peer peer, Scenario scenario, Duration length) throws IOException, InterruptedException {
        return scenario.paced() ? paced(peer, scenario, length) : saturated(peer, scenario, length);
    }

    /** With wrk, which opens its connections within the time that counts. */
    private Sample saturated(Peer peer, Scenario scenario, Duration length) throws IOException, InterruptedException {
        Reading before = read(peer);
        Wrk.Result result = wrk.run(peer, scenario.workload(), scenario.connections(), length);
        return sample(
                before,
                read(peer),
                result.requests(),
                result.elapsedMicros(),
                result.p50Micros() / 1000.0,
                result.p99Micros() / 1000.0,
                result.p999Micros() / 1000.0,
                0,
                result.errors());
    }

    /** With our own generator; its connections are open before the time that counts begins. */
    private Sample paced(Peer peer, Scenario scenario, Duration length) throws IOException, InterruptedException {
        try (var load =
                PacedLoad.connect(peer.address(), scenario.connections(), requests(peer, scenario.workload()))) {
            Reading before = read(peer);
            PacedResult result = load.run(scenario.rate(), length);
            return sample(
                    before,
                    read(peer),
                    result.answered(),
                    result.elapsedNanos() / 1000,
                    result.percentileMillis(50),
                    result.percentileMillis(99),
                    result.percentileMillis(99.9),
                    result.lateMillis(),
                    result.errors());
        }
    }

    /** The peer's users' requests, as wrk sends them. */
    static List<byte[]> requests(Peer peer, Workload workload) {
        String host = peer.address().getHostString() + ":" + peer.address().getPort();
        String length = workload.requestBytes() == 0 ? "" : "Content-Length: " + workload.requestBytes() + "\r\n";
        String body = "x".repeat(workload.requestBytes());
        return peer.tokens().stream()
                .map(token -> workload.method() + " " + workload.path() + " HTTP/1.1\r\nHost: " + host + "\r\n" + length
                        + "Authorization: Bearer " + token + "\r\n\r\n" + body)
                .map(request -> request.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    /**
     * Everybody's clocks at one instant.
     *
     * @param generator ours, with every wrk that has ended
     */
    private record Reading(ProcessUsage peer, ProcessUsage application, ProcessUsage generator, CpuClock proxy) {}

    private Reading read(Peer peer) throws IOException {
        return new Reading(
                peer.process().usage(),
                application.usage(),
                ProcessUsage.alone(ProcessHandle.current()),
                CpuClock.of(proxyCpu));
    }

    private static Sample sample(
            Reading before,
            Reading after,
            long requests,
            long elapsedMicros,
            double p50Millis,
            double p99Millis,
            double p999Millis,
            double lateMillis,
            long errors) {
        ProcessUsage used = after.peer().since(before.peer());
        long load = after.application().since(before.application()).cpuMicros()
                + after.generator().since(before.generator()).cpuMicros();
        double busy = (double) used.cpuMicros() / elapsedMicros;
        return new Sample(
                (double) used.userMicros() / requests,
                (double) used.systemMicros() / requests,
                requests * 1e6 / elapsedMicros,
                p50Millis,
                p99Millis,
                p999Millis,
                used.residentBytes() / MEBIBYTE,
                busy,
                Math.max(0, after.proxy().busySince(before.proxy()) - busy),
                (double) load / elapsedMicros,
                lateMillis,
                errors);
    }
}
