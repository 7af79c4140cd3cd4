package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run} without the library of the command line, and where that is needed. */
class PlainRunTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"run -c a.yaml", "run --config a.yaml"})
    void readsTheFileThatIsNamed(String line) {
        assertThat(PlainRun.file(line.split(" ", -1))).isEqualTo(Path.of("a.yaml"));
    }

    @Test
    void readsTheDefaultWhereNoFileIsNamed() {
        assertThat(PlainRun.file("run")).isEqualTo(Path.of("sessiongate.yaml"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "check",
                "check -c a.yaml",
                "run --help",
                "run -c",
                "run -c a.yaml --help",
                "run -c -c",
                "run -c @file",
                "run -c ",
                "run -ca.yaml",
                "run --nonsense a.yaml",
                "run a.yaml",
                "run -c a.yaml -c b.yaml"
            })
    void leavesEverythingElseToTheCommandLine(String line) {
        assertThat(PlainRun.file(line.split(" ", -1))).isNull();
    }

    @Test
    @Timeout(60)
    void endsAsTheCommandLineDoesWhereTheConfigurationIsMissing() throws Exception {
        String missing = folder.resolve("missing.yaml").toString();

        Ended plain = run("run", "-c", missing);
        Ended whole = run("run", "-c", missing, "-c", missing);
        Ended joined = run("run", "--config=" + missing);

        assertThat(plain.code).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(plain).isEqualTo(joined);
        assertThat(whole.code).as("twice is a mistake of the line").isEqualTo(2);
    }

    @Test
    @Timeout(60)
    void endsAsTheCommandLineDoesWhereAnAddressIsNotOfThisMachine() throws Exception {
        String file = configuration("192.0.2.1:1").toString();

        Ended plain = run("run", "-c", file);

        assertThat(plain.code).isEqualTo(ExitCode.FAILED);
        assertThat(plain.err).startsWith("run: cannot listen on admin address 192.0.2.1:1");
        assertThat(plain).isEqualTo(run("run", "--config=" + file));
    }

    private record Ended(int code, String err) {}

    private Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
            // What a newer JDK says of its own accord.
            String said = Files.readString(err, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("WARNING:") && !line.isEmpty())
                    .reduce("", (all, line) -> all + line + "\n");
            return new Ended(process.exitValue(), said);
        } finally {
            process.destroyForcibly();
        }
    }

    private Path configuration(String admin) throws IOException {
        return Files.writeString(folder.resolve("sessiongate.yaml"), RunCommandTest.configuration(admin));
    }
}
