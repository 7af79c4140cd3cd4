package io.sessiongate.benchmarks.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was measured so far, scenario by scenario, in the order of the rounds. Confined to its thread.
 */
final class Results {

    /** Who it was, of whom only this is known once the results are read from a file. */
    record Who(String key, String name) {

        static Who of(PeerSpec spec) {
            return new Who(spec.key(), spec.name());
        }
    }

    private final Map<Scenario, Map<Who, List<Sample>>> samples = new LinkedHashMap<>();
    private final Map<Who, List<Double>> idleBytes = new LinkedHashMap<>();

    void add(Scenario scenario, Who who, Sample sample) {
        samples.computeIfAbsent(scenario, s -> new LinkedHashMap<>())
                .computeIfAbsent(who, w -> new ArrayList<>())
                .add(sample);
    }

    /** Memory that an idle connection takes. */
    void addIdle(Who who, double bytes) {
        idleBytes.computeIfAbsent(who, w -> new ArrayList<>()).add(bytes);
    }

    List<Scenario> scenarios() {
        return List.copyOf(samples.keySet());
    }

    /** Everyone of whom there is a number. */
    Set<Who> all() {
        var all = new LinkedHashSet<Who>();
        samples.values().forEach(people -> all.addAll(people.keySet()));
        all.addAll(idleBytes.keySet());
        return all;
    }

    Map<Who, List<Sample>> of(Scenario scenario) {
        return samples.getOrDefault(scenario, Map.of());
    }

    Map<Who, List<Double>> idle() {
        return idleBytes;
    }

    Optional<Sample> median(Scenario scenario, String key) {
        return of(scenario).entrySet().stream()
                .filter(e -> e.getKey().key().equals(key))
                .map(e -> Sample.median(e.getValue()))
                .findFirst();
    }

    Optional<Double> idleMedian(String key) {
        return idleBytes.entrySet().stream()
                .filter(e -> e.getKey().key().equals(key))
                .map(e ->
                        Sample.median(e.getValue().stream().mapToDouble(b -> b).toArray()))
                .findFirst();
    }

    /** Cost of {@code key} over that of {@code base}, round by round. */
    double[] costRatios(Scenario scenario, String key, String base) {
        List<Sample> left = rounds(scenario, key);
        List<Sample> right = rounds(scenario, base);
        double[] ratios = new double[Math.min(left.size(), right.size())];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = left.get(i).cpuMicros() / right.get(i).cpuMicros();
        }
        return ratios;
    }

    private List<Sample> rounds(Scenario scenario, String key) {
        return of(scenario).entrySet().stream()
                .filter(e -> e.getKey().key().equals(key))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(List.of());
    }
}
