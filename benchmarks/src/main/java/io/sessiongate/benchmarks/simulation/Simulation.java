package io.sessiongate.benchmarks.simulation;

import io.sessiongate.session.simulation.Scenario;
import io.sessiongate.session.simulation.Scenarios;
import io.sessiongate.session.simulation.SimulationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Runs the scenarios: prints their report, writes it to docs/simulation.md ({@code --write}), or runs them with other seeds
 * ({@code --seeds N}), which shows nothing but whether all rules held.
 */
public final class Simulation {

    private Simulation() {}

    public static void main(String[] arguments) throws IOException {
        List<String> options = List.of(arguments);
        if (options.equals(List.of("--write"))) {
            Path file = Path.of(System.getProperty("sessiongate.home", "."), "docs", "simulation.md");
            Files.writeString(file, report(Scenarios.SEED));
            System.out.println("Written: " + file);
        } else if (options.size() == 2 && options.get(0).equals("--seeds")) {
            otherSeeds(Integer.parseInt(options.get(1)));
        } else if (options.isEmpty()) {
            System.out.print(report(Scenarios.SEED));
        } else {
            System.err.println("usage: benchmarks/simulation [--write | --seeds N]");
            System.exit(2);
        }
    }

    private static String report(long seed) {
        SimulationReport report = new SimulationReport();
        String text = report.of(new Scenarios(seed).all());
        if (!report.violations().isEmpty()) {
            report.violations().forEach(System.err::println);
            System.exit(1);
        }
        return text;
    }

    private static void otherSeeds(int seeds) {
        for (long seed = Scenarios.SEED + 1; seed <= Scenarios.SEED + seeds; seed++) {
            for (Scenario scenario : new Scenarios(seed).all()) {
                SimulationReport report = new SimulationReport();
                report.of(List.of(scenario));
                System.out.printf(
                        Locale.ROOT,
                        "seed %d, %s: %s%n",
                        seed,
                        scenario.title(),
                        report.violations().isEmpty() ? "all held" : report.violations());
                if (!report.violations().isEmpty()) {
                    System.exit(1);
                }
            }
        }
    }
}
