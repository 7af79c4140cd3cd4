package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.CompilerTime;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Runs a peer until what a request costs changes no more and its compiler rests: on one processor a JIT starves for a long
 * time, and while it works requests wait for it.
 */
final class WarmUp {

    private static final Duration SLICE = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final double WITHIN = 0.03;
    private static final int SLICES = 3;

    /** Share of a slice in which a compiler may work that rests: a 99th percentile must not see it. */
    private static final double RESTS = 0.003;

    /** Of a rate: less is not that rate. */
    private static final double KEEPS_UP = 0.95;

    private final Meter meter;
    private final PrintStream out;

    WarmUp(Meter meter, PrintStream out) {
        this.meter = meter;
        this.out = out;
    }

    /**
     * Until three slices in a row cost the same within 3 % and the compiler worked for less than 0.3 % of each; one short slice
     * where nothing is compiled.
     *
     * @return whether the peer can keep up with the rate asked for
     */
    boolean run(Peer peer, Scenario scenario, Duration atMost) throws IOException, InterruptedException {
        if (!peer.spec().compiles()) {
            Sample once = meter.measure(peer, scenario, SHORT);
            // Its first connections to the application are opened now.
            return keepsUp(scenario, once) || told(peer, scenario, meter.measure(peer, scenario, SLICE));
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        var costs = new ArrayList<Double>();
        var compiling = new ArrayList<Double>();
        Sample last;
        do {
            CompilerTime before = peer.process().compilerTime();
            last = meter.measure(peer, scenario, SLICE);
            costs.add(last.cpuMicros());
            compiling.add((double) peer.process().compilerTime().nanosSince(before) / SLICE.toNanos());
        } while (!(steady(costs) && resting(compiling)) && System.nanoTime() - deadline < 0);
        out.printf(
                Locale.ROOT,
                "warm-up of %s: %d s, %.1f to %.1f µs a request%s%s%n",
                peer.name(),
                SLICE.toSeconds() * costs.size(),
                costs.get(0),
                costs.get(costs.size() - 1),
                steady(costs) ? "" : ", NOT STEADY",
                resting(compiling)
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", STILL COMPILING (%.1f %% of the time)",
                                100 * compiling.get(compiling.size() - 1)));
        return told(peer, scenario, last);
    }

    private static boolean keepsUp(Scenario scenario, Sample last) {
        return last.requestsPerSecond() >= KEEPS_UP * scenario.rate();
    }

    private boolean told(Peer peer, Scenario scenario, Sample last) {
        boolean keepsUp = keepsUp(scenario, last);
        if (!keepsUp) {
            out.printf(
                    Locale.ROOT,
                    "%s is left out of %s: it answers %,.0f a second%n",
                    peer.name(),
                    scenario.text(),
                    last.requestsPerSecond());
        }
        return keepsUp;
    }

    static boolean resting(List<Double> compiling) {
        return compiling.size() >= SLICES
                && compiling.subList(compiling.size() - SLICES, compiling.size()).stream()
                        .allMatch(share -> share < RESTS);
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
