package io.sessiongate.benchmarks.peers;

import static io.sessiongate.benchmarks.peers.Samples.PACED;
import static io.sessiongate.benchmarks.peers.Samples.SATURATED;
import static io.sessiongate.benchmarks.peers.Samples.costing;
import static io.sessiongate.benchmarks.peers.Samples.who;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportTest {

    private static final PeerSpec VARIANT = PeerSpec.of(Variant.named("zgc"));

    private final Results results = new Results();

    @Test
    void comparesEachRoundOfAVariantWithTheSameRoundOfSessiongate() {
        add(SATURATED, PeerSpec.NGINX, 20, 20, 20);
        add(SATURATED, PeerSpec.SESSIONGATE, 10, 20, 40);
        add(SATURATED, VARIANT, 11, 18, 40);

        String table = new Report(results).table(SATURATED);

        assertThat(table)
                .contains("to Sessiongate (lowest–highest round)")
                .contains("1.000 (0.900–1.100)")
                .contains("20.0 (20.0 / 0.0)")
                .doesNotContain("generator");
    }

    @Test
    void leavesOutComparisonsWithWhoDidNotRun() {
        add(PACED, PeerSpec.SESSIONGATE, 17);

        assertThat(new Report(results).table(PACED))
                .doesNotContain("to nginx")
                .doesNotContain("to Sessiongate")
                .contains("generator late by at most 0.05 ms");
    }

    private void add(Scenario scenario, PeerSpec spec, double... costs) {
        for (double cost : costs) {
            results.add(scenario, who(spec), costing(cost, 0));
        }
    }
}
