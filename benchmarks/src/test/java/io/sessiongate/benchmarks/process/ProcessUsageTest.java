package io.sessiongate.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessUsageTest {

    @Test
    void countsAChildThatHasEnded() throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")), "Linux only");
        // The shell waits for its child, which burns a measurable time, then lives on until its input ends.
        Process shell = new ProcessBuilder(
                        "sh", "-c", "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; echo done; read x")
                .start();
        try {
            assertThat(shell.inputReader().readLine()).isEqualTo("done");

            assertThat(ProcessUsage.of(shell.toHandle()).cpuMicros()).isGreaterThanOrEqualTo(10_000);
        } finally {
            shell.destroyForcibly().waitFor();
        }
    }
}
