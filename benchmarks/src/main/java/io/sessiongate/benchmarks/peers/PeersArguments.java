package io.sessiongate.benchmarks.peers;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Reads {@link PeersOptions} from the command line; every mistake is an {@link IllegalArgumentException} that names it. */
final class PeersArguments {

    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("--only", ""),
            Map.entry("--workload", "1k,100k,upload"),
            Map.entry("--connections", "64,10000"),
            Map.entry("--mode", "saturated,paced"),
            Map.entry("--rounds", "5"),
            Map.entry("--seconds", "6"),
            Map.entry("--warm-up", "120"),
            Map.entry("--rate", "9600"),
            Map.entry("--users", "1000"),
            Map.entry("--idle", "10000"),
            Map.entry("--save", ""),
            Map.entry("--chart", ""),
            Map.entry("--render", ""),
            Map.entry("--profile", ""),
            Map.entry("--proxy-cpu", "0"),
            Map.entry("--other-cpu", "1"),
            Map.entry("--nice", "0"));

    private static final Map<String, String> QUICK = Map.of("--workload", "1k", "--connections", "64", "--idle", "0");

    private final Map<String, String> values = new HashMap<>(DEFAULTS);
    private final Map<String, Variant> variants = new LinkedHashMap<>();
    private boolean spring;

    private PeersArguments() {}

    static PeersOptions parse(List<String> arguments) {
        var parsed = new PeersArguments();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (name.equals("--quick")) {
                parsed.values.putAll(QUICK);
            } else if (name.equals("--spring")) {
                parsed.spring = true;
            } else if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException("unknown, or without its value: " + name);
            } else {
                parsed.take(name, arguments.get(++i));
            }
        }
        return parsed.options();
    }

    private void take(String name, String value) {
        if (name.startsWith("--variant")) {
            variant(name, value);
        } else if (DEFAULTS.containsKey(name)) {
            values.put(name, value);
        } else {
            throw new IllegalArgumentException("unknown option " + name);
        }
    }

    private void variant(String name, String value) {
        int end = value.indexOf(name.equals("--variant") ? ':' : '=');
        String label = value.substring(0, Math.max(end, 0));
        if (label.isEmpty() || !label.chars().allMatch(c -> Character.isLetterOrDigit(c) || ".-_+".indexOf(c) >= 0)) {
            throw new IllegalArgumentException(
                    name + " needs a label of letters and digits before its value: " + value);
        }
        if (PeerSpec.ALL.stream().anyMatch(p -> p.key().equals(label))) {
            throw new IllegalArgumentException("a variant cannot be called " + label);
        }
        Variant before = variants.getOrDefault(label, Variant.named(label));
        variants.put(label, before.with(name, value.substring(end + 1).strip()));
    }

    private PeersOptions options() {
        List<String> only = list("--only", Function.identity());
        only.forEach(PeerSpec::named);
        return new PeersOptions(
                only,
                List.copyOf(variants.values()),
                list("--workload", Workload::of),
                list("--connections", Integer::valueOf),
                list("--mode", mode -> oneOf(mode, Set.of(PeersOptions.SATURATED, PeersOptions.PACED))),
                number("--rounds"),
                Duration.ofSeconds(number("--seconds")),
                Duration.ofSeconds(number("--warm-up")),
                number("--rate"),
                number("--users"),
                number("--idle"),
                text("--save"),
                text("--chart"),
                text("--render"),
                oneOf(text("--profile"), Set.of("", "jfr", "perf")),
                spring || only.contains(PeerSpec.SPRING.key()),
                number("--proxy-cpu"),
                number("--other-cpu"),
                number("--nice"));
    }

    private static String oneOf(String value, Set<String> allowed) {
        if (!allowed.contains(value)) {
            throw new IllegalArgumentException(value + " is none of " + String.join(" ", allowed));
        }
        return value;
    }

    private <T> List<T> list(String name, Function<String, T> element) {
        return Arrays.stream(text(name).split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .map(element)
                .toList();
    }

    private String text(String name) {
        return values.getOrDefault(name, "");
    }

    private int number(String name) {
        return Integer.parseInt(text(name));
    }
}
