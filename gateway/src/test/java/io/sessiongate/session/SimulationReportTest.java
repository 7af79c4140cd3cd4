package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.simulation.Scenarios;
import io.sessiongate.session.simulation.SimulationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The report of the simulation is that of this code. Where a change of policy is meant, {@code benchmarks/simulation --write}
 * writes it anew, and the diff shows what the change does.
 */
class SimulationReportTest {

    private static final Path REPORT = Path.of("..", "docs", "simulation.md");

    @Test
    void theReportIsThatOfThisCodeAndNothingThatMayNeverBeWasSeen() throws IOException {
        SimulationReport report = new SimulationReport();

        String text = report.of(new Scenarios(Scenarios.SEED).all());

        assertThat(report.violations()).isEmpty();
        assertThat(text.lines().toList())
                .as("docs/simulation.md; write it anew with: benchmarks/simulation --write")
                .isEqualTo(Files.readAllLines(REPORT));
    }
}
