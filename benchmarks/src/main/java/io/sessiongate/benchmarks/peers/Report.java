package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results as tables in Markdown. */
final class Report {

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    /** Medians of one scenario. */
    String table(Scenario scenario) {
        Map<Results.Who, List<Sample>> all = results.of(scenario);
        boolean nginx = has(scenario, PeerSpec.NGINX);
        boolean variants =
                has(scenario, PeerSpec.SESSIONGATE) && all.keySet().stream().anyMatch(Report::variant);
        var table = new Table(header(nginx, variants));
        all.forEach((who, samples) -> {
            Sample s = Sample.median(samples);
            var cells = new ArrayList<Object>(
                    List.of(who.name(), format("%.1f (%.1f / %.1f)", s.cpuMicros(), s.userMicros(), s.systemMicros())));
            if (nginx) {
                cells.add(ratio(scenario, who, PeerSpec.NGINX));
            }
            if (variants) {
                cells.add(variant(who) ? spread(scenario, who) : "");
            }
            cells.addAll(List.of(
                    format("%,.0f", s.requestsPerSecond()),
                    format("%.2f", s.p50Millis()),
                    format("%.2f", s.p99Millis()),
                    format("%.2f", s.p999Millis()),
                    format("%.0f", s.residentMebibytes()),
                    percent(s.busy()),
                    percent(s.others()),
                    percent(s.load()),
                    s.errors()));
            table.row(cells.toArray());
        });
        double late = all.values().stream()
                .flatMap(List::stream)
                .mapToDouble(Sample::lateMillis)
                .max()
                .orElse(0);
        return table
                + (scenario.paced()
                        ? format("generator late by at most %.2f ms (p99 of the worst round)%n", late)
                        : "");
    }

    private static String[] header(boolean nginx, boolean variants) {
        var header = new ArrayList<String>(List.of("", "CPU µs a request (user / system)"));
        if (nginx) {
            header.add("to nginx");
        }
        if (variants) {
            header.add("to Sessiongate (lowest–highest round)");
        }
        header.addAll(
                List.of("requests/s", "p50 ms", "p99 ms", "p99.9 ms", "RSS MiB", "busy", "others", "load", "errors"));
        return header.toArray(String[]::new);
    }

    private static String percent(double share) {
        return format("%.0f %%", 100 * share);
    }

    private boolean has(Scenario scenario, PeerSpec spec) {
        return results.of(scenario).keySet().stream().anyMatch(w -> w.key().equals(spec.key()));
    }

    private static boolean variant(Results.Who who) {
        return PeerSpec.ALL.stream().noneMatch(spec -> spec.key().equals(who.key()));
    }

    private String ratio(Scenario scenario, Results.Who who, PeerSpec base) {
        return format("%.2f", Sample.median(results.costRatios(scenario, who.key(), base.key())));
    }

    /** The median of the rounds' ratios, and the lowest and highest: one that has 1 between them shows no difference. */
    private String spread(Scenario scenario, Results.Who who) {
        double[] ratios = results.costRatios(scenario, who.key(), PeerSpec.SESSIONGATE.key());
        return format(
                "%.3f (%.3f–%.3f)",
                Sample.median(ratios),
                Arrays.stream(ratios).min().orElse(0),
                Arrays.stream(ratios).max().orElse(0));
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
