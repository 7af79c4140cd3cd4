package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs a peer until what a request costs changes no more: on one processor a JIT starves for a long time. */
final class WarmUp {

    private static final Duration SLICE = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final double WITHIN = 0.03;
    private static final int SLICES = 3;

    private final Meter meter;
    private final PrintStream out;

    WarmUp(Meter meter, PrintStream out) {
        this.meter = meter;
        this.out = out;
    }

    /** Until three slices in a row cost the same within 3 %; one short slice where nothing is compiled. */
    void run(Peer peer, Scenario scenario, Duration atMost) throws IOException, InterruptedException {
        if (!peer.spec().compiles()) {
            meter.measure(peer, scenario, SHORT);
            return;
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        var costs = new ArrayList<Double>();
        do {
            costs.add(meter.measure(peer, scenario, SLICE).cpuMicros());
        } while (!steady(costs) && System.nanoTime() - deadline < 0);
        out.printf(
                Locale.ROOT,
                "warm-up of %s: %d s, %.1f to %.1f µs a request%s%n",
                peer.name(),
                SLICE.toSeconds() * costs.size(),
                costs.get(0),
                costs.get(costs.size() - 1),
                steady(costs) ? "" : ", NOT STEADY");
    }

    static boolean steady(List<Double> costs) {
        if (costs.size() < SLICES) {
            return false;
        }
        List<Double> last = costs.subList(costs.size() - SLICES, costs.size());
        double highest = last.stream().mapToDouble(c -> c).max().orElse(0);
        double lowest = last.stream().mapToDouble(c -> c).min().orElse(0);
        return highest - lowest <= WITHIN * highest;
    }
}
