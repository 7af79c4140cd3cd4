package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Profiles Sessiongate and its variants, one after the other, in the set-up in which they are measured: what a request
 * allocates and where the time goes (Flight Recorder), or all of the time with the kernel's share ({@code perf}).
 */
final class Profiles {

    private final PeersOptions options;
    private final Meter meter;
    private final Lineup lineup;

    Profiles(PeersOptions options, Meter meter, Lineup lineup) {
        this.options = options;
        this.meter = meter;
        this.lineup = lineup;
    }

    void run(List<PeerSpec> specs) throws IOException, InterruptedException {
        Scenario scenario = options.scenarios().get(0);
        Path kept = Files.createDirectories(GatewayProcess.thisCheckout().resolve("benchmarks/target/profiles"));
        for (PeerSpec spec : specs) {
            if (!spec.isSessiongate()) {
                continue;
            }
            Peer peer = lineup.start(spec);
            new HonestWork().verify(peer);
            new WarmUp(meter, System.out).run(peer, scenario, options.warmUp());
            Path file = kept.resolve(spec.key() + "." + options.profile()).toAbsolutePath();
            Profiler profiler =
                    options.profile().equals("jfr") ? new JfrProfiler(peer, file) : new PerfProfiler(peer, file);
            profiler.start(options.slice());
            Sample sample = meter.measure(peer, scenario, options.slice());
            String text = profiler.stop(
                    Math.round(sample.requestsPerSecond() * options.slice().toSeconds()));
            System.out.printf(
                    Locale.ROOT,
                    "%n%s, %s: %.1f µs a request (%.1f / %.1f) while watched%n%n%s%nkept: %s%n%n",
                    peer.name(),
                    scenario.text(),
                    sample.cpuMicros(),
                    sample.userMicros(),
                    sample.systemMicros(),
                    text,
                    file);
            lineup.stop(peer);
        }
    }
}
