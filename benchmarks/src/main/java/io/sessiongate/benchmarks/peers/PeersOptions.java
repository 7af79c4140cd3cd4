package io.sessiongate.benchmarks.peers;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the command line may change.
 *
 * @param rounds odd numbers have a true median
 * @param slice length of one measurement
 * @param warmUp longest time given to the gateway's JIT before the first
 * @param rate requests a second of the paced part; 0 leaves it out
 * @param users distinct tokens, each with a session
 * @param only peers whose name contains this word, nginx plain in any case
 * @param proxyCpu the processor of whoever is measured
 * @param otherCpu the processor of everything else
 */
record PeersOptions(
        int rounds,
        Duration slice,
        Duration warmUp,
        int connections,
        int rate,
        int users,
        String only,
        int proxyCpu,
        int otherCpu) {

    static final String HELP = """
            usage: benchmarks/peers [--rounds 5] [--seconds 8] [--warm-up 120] [--connections 64]
                                    [--rate 5000] [--users 1000] [--only WORD]
                                    [--proxy-cpu 1] [--other-cpu 0]
            """;

    private static final Map<String, String> DEFAULTS = Map.of(
            "--rounds", "5",
            "--seconds", "8",
            "--warm-up", "120",
            "--connections", "64",
            "--rate", "5000",
            "--users", "1000",
            "--only", "",
            "--proxy-cpu", "1",
            "--other-cpu", "0");

    static PeersOptions parse(List<String> arguments) {
        var values = new HashMap<>(DEFAULTS);
        for (int i = 0; i < arguments.size(); i += 2) {
            if (!DEFAULTS.containsKey(arguments.get(i)) || i + 1 == arguments.size()) {
                throw new IllegalArgumentException(HELP);
            }
            values.put(arguments.get(i), arguments.get(i + 1));
        }
        return new PeersOptions(
                number(values, "--rounds"),
                Duration.ofSeconds(number(values, "--seconds")),
                Duration.ofSeconds(number(values, "--warm-up")),
                number(values, "--connections"),
                number(values, "--rate"),
                number(values, "--users"),
                values.getOrDefault("--only", ""),
                number(values, "--proxy-cpu"),
                number(values, "--other-cpu"));
    }

    private static int number(Map<String, String> values, String name) {
        return Integer.parseInt(values.getOrDefault(name, ""));
    }
}
