package io.sessiongate.benchmarks.peers;

import static io.sessiongate.benchmarks.peers.Samples.PACED;
import static io.sessiongate.benchmarks.peers.Samples.SATURATED;
import static io.sessiongate.benchmarks.peers.Samples.who;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GoalTest {

    private final Results results = new Results();

    @Test
    void comparesTheCostsAtSaturationWithTheSharesAskedFor() {
        add(SATURATED, PeerSpec.NGINX, 20, 1, 10);
        add(SATURATED, PeerSpec.HAPROXY, 20, 1, 10);
        add(SATURATED, PeerSpec.SESSIONGATE, 17.5, 1, 10);

        assertThat(verdict("CPU to nginx plain, 1 KiB")).isEqualTo("MISSED"); // 0.875 where 0.85 is asked for
        assertThat(verdict("CPU to HAProxy plain, 1 KiB")).isEqualTo("met"); // and 0.9
        assertThat(verdict("CPU to Spring Cloud Gateway")).isEqualTo("not measured");
        assertThat(verdict("memory of an idle")).isEqualTo("not measured");
    }

    @Test
    void asksForTheSameOrderAtAFixedRateForItsLatencyAndForMemory() {
        add(PACED, PeerSpec.NGINX, 20, 2, 10);
        add(PACED, PeerSpec.SESSIONGATE, 19, 2.5, 127);

        assertThat(verdict("CPU to nginx plain")).isEqualTo("met");
        assertThat(verdict("p99 to nginx plain")).isEqualTo("MISSED");
        assertThat(verdict("resident memory")).isEqualTo("met");
    }

    @Test
    void comparesRoundByRoundSoThatASlowHourOfTheMachineMeetsBoth() {
        for (double slower : new double[] {1, 5, 2}) {
            add(SATURATED, PeerSpec.NGINX, 20 * slower, 1, 10);
        }
        for (double slower : new double[] {1, 5, 9}) {
            add(SATURATED, PeerSpec.SESSIONGATE, 16 * slower, 1, 10);
        }

        // 0.8, 0.8 and 3.6; the medians alone would say 80 to 40.
        assertThat(verdict("CPU to nginx plain")).isEqualTo("met");
    }

    @Test
    void weighsTheMedianIdleConnection() {
        results.addIdle(who(PeerSpec.SESSIONGATE), 9 * 1024);
        results.addIdle(who(PeerSpec.SESSIONGATE), 11 * 1024);
        results.addIdle(who(PeerSpec.SESSIONGATE), 90 * 1024);

        assertThat(verdict("memory of an idle")).isEqualTo("MISSED");
    }

    @Test
    void looksAtOtherScenariosForNothing() {
        var large = new Scenario(Workload.LARGE, 64, 0);
        add(large, PeerSpec.NGINX, 20, 2, 10);
        add(large, PeerSpec.SESSIONGATE, 99, 2.5, 127);

        assertThat(goals()).extracting(Goal::text).containsExactly("memory of an idle kept-alive connection");
    }

    private void add(Scenario scenario, PeerSpec spec, double cpu, double p99, double resident) {
        results.add(scenario, who(spec), Samples.of(cpu, p99, resident));
    }

    private List<Goal> goals() {
        return Goal.of(results, PeerSpec.SESSIONGATE.key());
    }

    private String verdict(String beginning) {
        return goals().stream()
                .filter(g -> g.text().startsWith(beginning))
                .findFirst()
                .orElseThrow()
                .verdict();
    }
}
