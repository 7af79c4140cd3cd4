package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs wrk on one processor, each request with the next user's token. */
final class Wrk {

    /** Its own summary is for people; {@code done} prints the same numbers for us. */
    private static final String SCRIPT = """
            local requests, next = {}, 0
            function init(args)
              for token in io.lines(args[1]) do
                requests[#requests + 1] = wrk.format("GET", "/api/stats", { Authorization = "Bearer " .. token })
              end
            end
            function request()
              next = next % #requests + 1
              return requests[next]
            end
            function done(summary, latency)
              local e = summary.errors
              io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
                latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
            end
            """;

    /**
     * One run.
     *
     * @param errors answers that were not 2xx or 3xx, and whatever went wrong with connections
     */
    record Result(long requests, long elapsedMicros, long p50Micros, long p99Micros, long errors) {}

    private final int cpu;
    private final int connections;
    private final Path script;
    private final Path tokens;

    Wrk(int cpu, int connections, Path directory, List<String> tokens) throws IOException {
        this.cpu = cpu;
        this.connections = connections;
        this.script = Files.writeString(directory.resolve("wrk.lua"), SCRIPT);
        this.tokens = Files.write(directory.resolve("tokens.txt"), tokens);
    }

    Result run(InetSocketAddress target, Duration length) throws IOException, InterruptedException {
        List<String> command = List.of(
                "taskset",
                "-c",
                String.valueOf(cpu),
                "wrk",
                "-t",
                "1",
                "-c",
                String.valueOf(connections),
                "-d",
                length.toSeconds() + "s",
                "--timeout",
                "5s",
                "-s",
                script.toString(),
                "http://" + target.getHostString() + ":" + target.getPort(),
                "--",
                tokens.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("wrk failed: " + output);
        }
        String[] numbers = output.lines()
                .filter(l -> l.startsWith("RESULT "))
                .findFirst()
                .orElseThrow(() -> new IOException("wrk printed no result: " + output))
                .split(" ", -1);
        return new Result(
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2]),
                Long.parseLong(numbers[3]),
                Long.parseLong(numbers[4]),
                Long.parseLong(numbers[5]));
    }
}
