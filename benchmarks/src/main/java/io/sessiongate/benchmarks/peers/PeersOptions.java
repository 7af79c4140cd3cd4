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
 * @param proxyCpu the processor of whoever is measured
 * @param otherCpu the processor of everything else
 */
record PeersOptions(
        int rounds, Duration slice, Duration warmUp, int connections, int rate, int users, int proxyCpu, int otherCpu) {

    static final String HELP = """
            usage: benchmarks/peers [--rounds 5] [--seconds 8] [--warm-up 120] [--connections 64]
                                    [--rate 5000] [--users 1000] [--proxy-cpu 1] [--other-cpu 0]
            """;

    private static final Map<String, String> DEFAULTS = Map.of(
            "--rounds", "5",
            "--seconds", "8",
            "--warm-up", "120",
            "--connections", "64",
            "--rate", "5000",
            "--users", "1000",
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
        var numbers = new HashMap<String, Integer>();
        values.forEach((name, value) -> numbers.put(name, Integer.parseInt(value)));
        return new PeersOptions(
                numbers.getOrDefault("--rounds", 0),
                Duration.ofSeconds(numbers.getOrDefault("--seconds", 0)),
                Duration.ofSeconds(numbers.getOrDefault("--warm-up", 0)),
                numbers.getOrDefault("--connections", 0),
                numbers.getOrDefault("--rate", 0),
                numbers.getOrDefault("--users", 0),
                numbers.getOrDefault("--proxy-cpu", 0),
                numbers.getOrDefault("--other-cpu", 0));
    }
}
