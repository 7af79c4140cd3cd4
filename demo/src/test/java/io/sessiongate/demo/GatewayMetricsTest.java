package io.sessiongate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GatewayMetricsTest {

    @Test
    void addsUpTheSamplesOfItsTwoMetersAndNoOthers() {
        String text = """
                # HELP sessiongate_session_queries_total Session queries
                # TYPE sessiongate_session_queries_total counter
                %1$s{realm="a"} 12.0
                %1$s{realm="b"} 3.0
                %1$s_other 100.0
                %2$s{realm="a"} 1.5E3
                %2$s_earlier 7
                """.formatted(GatewayMetrics.MADE, GatewayMetrics.SAVED);

        assertThat(GatewayMetrics.parse(text)).isEqualTo(new GatewayMetrics.SessionQueries(15, 1500));
    }
}
