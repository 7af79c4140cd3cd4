package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What is made of the results once all is measured: goals, a file, charts. */
final class Outcome {

    private static final int CONNECTIONS = 64;
    private static final String SESSIONGATE = "Sessiongate";

    private final PeersOptions options;
    private final Results results;

    Outcome(PeersOptions options, Results results) {
        this.options = options;
        this.results = results;
    }

    /** Bytes of idle connections. */
    String idle() {
        var table = new Table("", "KiB an idle connection", "lowest", "highest");
        results.idle().forEach((who, all) -> {
            double[] bytes = all.stream().mapToDouble(b -> b).sorted().toArray();
            table.row(
                    who.name(),
                    kibibytes(Sample.median(bytes)),
                    kibibytes(bytes[0]),
                    kibibytes(bytes[bytes.length - 1]));
        });
        return table.toString();
    }

    private static String kibibytes(double bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / 1024);
    }

    /** For everyone who is Sessiongate. */
    String goals() {
        var text = new StringBuilder();
        for (Results.Who who : results.all()) {
            if (who.name().startsWith(SESSIONGATE)) {
                // Whoever chose peers knows that the others are missing.
                List<Goal> goals = Goal.of(results, who.key()).stream()
                        .filter(g -> g.seen().isPresent() || options.only().isEmpty())
                        .toList();
                var table = new Table(who.name(), "goal", "seen", "");
                goals.forEach(g -> table.row(g.text(), g.atMostText(), g.seenText(), g.verdict()));
                text.append(goals.isEmpty() ? "" : table + "\n");
            }
        }
        return text.toString();
    }

    void save(List<String> about) throws IOException {
        if (!options.save().isEmpty()) {
            SavedResults.write(Path.of(options.save()), about, results);
            System.out.println("saved: " + options.save());
        }
    }

    /** One picture as fast as it goes and one at a fixed rate, of small answers over few connections. */
    void draw() throws IOException {
        if (options.chart().isEmpty()) {
            return;
        }
        Path folder = Files.createDirectories(Path.of(options.chart()));
        for (Scenario scenario : results.scenarios()) {
            if (scenario.workload() == Workload.SMALL && scenario.connections() == CONNECTIONS) {
                String mode = scenario.paced() ? PeersOptions.PACED : PeersOptions.SATURATED;
                Path file = folder.resolve("peers-" + mode + ".svg");
                Files.writeString(file, Chart.svg("Processor time a request: " + scenario.text(), bars(scenario)));
                System.out.println("drawn: " + file);
            }
        }
    }

    /** The cheapest first; the application alone is nobody's rival. */
    private List<Chart.Bar> bars(Scenario scenario) {
        var bars = new ArrayList<Chart.Bar>();
        results.of(scenario).forEach((who, samples) -> {
            if (!who.key().equals(PeerSpec.DIRECT.key())) {
                Sample s = Sample.median(samples);
                boolean ours = who.name().startsWith(SESSIONGATE);
                bars.add(new Chart.Bar(who.name(), s.userMicros(), s.systemMicros(), ours));
            }
        });
        bars.sort(Comparator.comparingDouble(Chart.Bar::total));
        return bars;
    }
}
