package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {

    @Test
    void isSteadyOnceThreeSlicesInARowCostTheSame() {
        assertThat(WarmUp.steady(List.of(30.0, 30.1))).isFalse();
        assertThat(WarmUp.steady(List.of(90.0, 30.0, 30.1, 30.8))).isTrue();
        assertThat(WarmUp.steady(List.of(30.0, 30.0, 30.0, 32.0))).isFalse();
    }

    @Test
    void restsOnceTheCompilerHardlyWorkedInThreeSlicesInARow() {
        assertThat(WarmUp.resting(List.of(0.0, 0.0))).isFalse();
        assertThat(WarmUp.resting(List.of(0.4, 0.001, 0.0, 0.002))).isTrue();
        assertThat(WarmUp.resting(List.of(0.0, 0.0, 0.01, 0.0))).isFalse();
    }
}
