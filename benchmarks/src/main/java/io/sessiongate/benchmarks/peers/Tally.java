package io.sessiongate.benchmarks.peers;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Weights by name. Confined to its thread. */
final class Tally {

    private final Map<String, Long> weights = new HashMap<>();
    private long total;

    void add(String name, long weight) {
        weights.merge(name, weight, Long::sum);
        total += weight;
    }

    long total() {
        return total;
    }

    /** The heaviest first. */
    Map<String, Long> top(int count) {
        var top = new LinkedHashMap<String, Long>();
        weights.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(count)
                .forEach(e -> top.put(e.getKey(), e.getValue()));
        return top;
    }
}
