package io.sessiongate.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CpuClockTest {

    @Test
    void countsAllButIdlingAndWaitingAsBusyOfThatProcessorAlone() {
        CpuClock before = CpuClock.parse(1, stat("cpu1 10 0 10 100 5 0 0 0 7 0"));
        CpuClock after = CpuClock.parse(1, stat("cpu1 20 0 20 140 15 10 10 10 9 0"));

        // 50 of 100 ticks: user 10, system 10, interrupts 20, stolen 10; the guest's are part of the user's.
        assertThat(after.busySince(before)).isEqualTo(0.5);
    }

    @Test
    void saysThatThereIsNoSuchProcessor() {
        assertThatThrownBy(() -> CpuClock.parse(7, stat("cpu1 1 1 1 1 1 1 1 1 1 1")))
                .hasMessageContaining("no processor 7");
    }

    private static List<String> stat(String line) {
        return List.of("cpu  1 1 1 1 1 1 1 1 1 1", "cpu0 9 9 9 9 9 9 9 9 9 9", line, "intr 1");
    }
}
