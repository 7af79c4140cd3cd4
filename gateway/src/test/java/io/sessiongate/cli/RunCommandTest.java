package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} as a supervisor sees it: a process of its own, told to stop by a signal. */
class RunCommandTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(60)
    void exitsWithZeroWhenToldToStop() throws Exception {
        Process process = run();
        try (BufferedReader log = process.inputReader()) {
            String line = log.readLine();
            while (line != null && !line.contains("Serving")) {
                line = log.readLine();
            }
            process.toHandle().destroy(); // SIGTERM; leaves its output open, as Process.destroy would not

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(log.lines()).anyMatch(l -> l.contains("Stopped"));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // reading cannot be interrupted
    void readsItsConfigurationAgainWhenItHangsUp() throws Exception {
        Process process = run();
        try (BufferedReader log = process.inputReader()) {
            assertThat(lineWith(log, "Serving")).isNotNull();
            Path file = folder.resolve("sessiongate.yaml");
            Files.writeString(file, "drain: 7s\nreload: { watch: false }\n" + configuration("127.0.0.1:0"));
            hangUp(process);
            assertThat(lineWith(log, "Configuration loaded")).contains("signal");

            Files.writeString(file, "drain: never\n");
            hangUp(process);
            assertThat(lineWith(log, "drain: ")).contains("sessiongate.yaml:1:8");
            assertThat(lineWith(log, "is not valid")).isNotNull();

            process.toHandle().destroy();
            assertThat(lineWith(log, "Stopping")).contains("7");
        } finally {
            process.destroyForcibly();
        }
    }

    private static void hangUp(Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The next line in which that stands; null where there is none before the end. */
    private static @Nullable String lineWith(BufferedReader log, String text) throws IOException {
        String line = log.readLine();
        while (line != null && !line.contains(text)) {
            line = log.readLine();
        }
        return line;
    }

    @Test
    @Timeout(60)
    void startsWithoutTheLibrariesOfTheCommandLineAndOfTracing() throws Exception {
        Process process = run("-Xlog:class+load");
        try (BufferedReader log = process.inputReader()) {
            List<String> loaded = new ArrayList<>();
            String line = log.readLine();
            while (line != null && !line.contains("Serving")) {
                loaded.add(line);
                line = log.readLine();
            }
            assertThat(line).isNotNull();
            assertThat(loaded)
                    .anyMatch(l -> l.contains("io.sessiongate.app.Gateway "))
                    .noneMatch(l -> l.contains("picocli."))
                    .noneMatch(l -> l.contains("io.opentelemetry."))
                    .noneMatch(l -> l.contains("io.sessiongate.app.SpanExport"))
                    .noneMatch(l -> l.contains("ch.qos.logback.core.joran.event."));
        } finally {
            process.destroyForcibly();
        }
    }

    private Process run(String... options) throws IOException {
        Path file = Files.writeString(
                folder.resolve("sessiongate.yaml"), "reload: { watch: false }\n" + configuration("127.0.0.1:0"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(options));
        command.addAll(List.of(Main.class.getName(), "run", "-c", file.toString()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    static String configuration(String admin) {
        return """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "%s" }
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "a secret of the application, long enough" } ]
                    session: { database: "postgres://u:p@127.0.0.1:1/nothing", table: sessions }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:1" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(admin);
    }
}
