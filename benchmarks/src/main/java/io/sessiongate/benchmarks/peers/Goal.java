package io.sessiongate.benchmarks.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Something Sessiongate set out to reach, and what became of it.
 *
 * @param seen nothing where the run did not measure it
 */
record Goal(String text, double atMost, OptionalDouble seen, String unit) {

    private static final int CONNECTIONS = 64;
    private static final double MEBIBYTES = 128;
    private static final double KIBIBYTES_A_CONNECTION = 10;

    /** Of the cost of others, JWT and session check included. */
    private record Share(PeerSpec peer, double atMost) {}

    private static final List<Share> SHARES = List.of(
            new Share(PeerSpec.NGINX, 0.85),
            new Share(PeerSpec.HAPROXY, 0.9),
            new Share(PeerSpec.HAPROXY_HS256, 0.6),
            new Share(PeerSpec.HAPROXY_RS256, 0.4),
            new Share(PeerSpec.NGINX_AUTH, 0.65),
            new Share(PeerSpec.SPRING, 1.0 / 14));

    /** All of them, for the Sessiongate of that key. */
    static List<Goal> of(Results results, String key) {
        var goals = new ArrayList<Goal>();
        for (Scenario scenario : results.scenarios()) {
            if (scenario.workload() == Workload.SMALL && scenario.connections() == CONNECTIONS) {
                costs(goals, results, scenario, key);
            }
        }
        goals.add(new Goal(
                "memory of an idle kept-alive connection",
                KIBIBYTES_A_CONNECTION,
                results.idleMedian(key)
                        .map(bytes -> OptionalDouble.of(bytes / 1024))
                        .orElse(OptionalDouble.empty()),
                "KiB"));
        return goals;
    }

    private static void costs(List<Goal> goals, Results results, Scenario scenario, String key) {
        Optional<Sample> ours = results.median(scenario, key);
        for (Share share : SHARES) {
            double[] rounds = results.costRatios(scenario, key, share.peer().key());
            OptionalDouble ratio =
                    rounds.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(Sample.median(rounds));
            // At a fixed rate everybody pays for small batches: the same order is asked for, not the same distance.
            double atMost = scenario.paced() ? 1 : share.atMost();
            goals.add(new Goal("CPU to " + share.peer().name() + ", " + scenario.text(), atMost, ratio, "×"));
        }
        if (scenario.paced()) {
            Optional<Sample> nginx = results.median(scenario, PeerSpec.NGINX.key());
            OptionalDouble p99 = ours.isPresent() && nginx.isPresent()
                    ? OptionalDouble.of(ours.get().p99Millis() / nginx.get().p99Millis())
                    : OptionalDouble.empty();
            goals.add(new Goal("p99 to nginx plain, " + scenario.text(), 1, p99, "×"));
            goals.add(new Goal(
                    "resident memory, " + scenario.text(),
                    MEBIBYTES,
                    ours.map(s -> OptionalDouble.of(s.residentMebibytes())).orElse(OptionalDouble.empty()),
                    "MiB"));
        }
    }

    String verdict() {
        if (seen.isEmpty()) {
            return "not measured";
        }
        return seen.getAsDouble() <= atMost ? "met" : "MISSED";
    }

    String seenText() {
        return seen.isEmpty() ? "–" : number(seen.getAsDouble());
    }

    String atMostText() {
        return "≤ " + number(atMost);
    }

    private String number(double value) {
        String digits = unit.equals("×") ? "%.3f %s" : "%.1f %s";
        return String.format(Locale.ROOT, digits, value, unit);
    }
}
