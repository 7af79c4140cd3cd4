package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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

    private Process run() throws IOException {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
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
                """);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "run",
                        "-c",
                        file.toString())
                .redirectErrorStream(true)
                .start();
    }
}
