package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.Jcmd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code perf} with the JIT's symbols: all of the process's time, that in the kernel too. */
final class PerfProfiler implements Profiler {

    private static final int LINES = 60;

    private final Peer peer;
    private final Path file;
    private @Nullable Process perf;

    PerfProfiler(Peer peer, Path file) {
        this.peer = peer;
        this.file = file;
    }

    @Override
    public void start(Duration length) throws IOException {
        // By the clock: a virtual machine often has no counters for cycles.
        perf = new ProcessBuilder(
                        "perf",
                        "record",
                        "-q",
                        "-e",
                        "cpu-clock",
                        "-F",
                        "1999",
                        "-g",
                        "-p",
                        String.valueOf(peer.process().pid()),
                        "-o",
                        file.toString(),
                        "--",
                        "sleep",
                        String.valueOf(length.toSeconds()))
                .inheritIO()
                .start();
    }

    @Override
    public String stop(long requests) throws IOException, InterruptedException {
        if (perf != null) {
            perf.waitFor();
        }
        Jcmd.ask(peer.process(), "Compiler.perfmap");
        Path map = Path.of("/tmp/perf-" + peer.process().pid() + ".map");
        try {
            return "By library:\n\n" + report("dso") + "\nBy function:\n\n" + report("dso,symbol");
        } finally {
            Files.deleteIfExists(map);
        }
    }

    private String report(String sort) throws IOException {
        String output = Jcmd.run(List.of(
                "perf", "report", "-i", file.toString(), "--stdio", "--no-children", "-g", "none", "--sort", sort));
        return output.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .limit(LINES)
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
