package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the launcher and the image run to learn which classes a start loads. */
class RehearsalTest {

    @Test
    void servesItselfAndEndsWell() throws IOException, InterruptedException {
        Process rehearsal = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.sessiongate.cli.Rehearsal")
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(rehearsal.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rehearsal.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(rehearsal.exitValue()).as(said).isZero();
            assertThat(said).contains("Serving");
        } finally {
            rehearsal.destroyForcibly();
        }
    }
}
