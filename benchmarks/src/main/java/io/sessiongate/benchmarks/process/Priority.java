package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Gives this JVM, all its threads, and whoever it starts from now on, another priority; below 0 needs root. Where Linux
 * shares its processors between sessions first ({@code sched(7)}, autogroup), our session gets it as well, until we end.
 */
public final class Priority {

    private static final Path GROUP = Path.of("/proc/self/autogroup");

    private Priority() {}

    public static void set(int nice) throws IOException {
        if (nice == 0) {
            return;
        }
        var command = new ArrayList<>(List.of("renice", "-n", String.valueOf(nice), "-p"));
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            threads.forEach(thread -> command.add(thread.getFileName().toString()));
        }
        String said = Tools.version(command);
        if (!said.contains("new priority")) {
            throw new IOException("the priority cannot be changed: " + said);
        }
        if (Files.exists(GROUP)) {
            group(nice);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> group(0), "restore-priority"));
        }
    }

    private static void group(int nice) {
        try {
            Files.writeString(GROUP, String.valueOf(nice));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
