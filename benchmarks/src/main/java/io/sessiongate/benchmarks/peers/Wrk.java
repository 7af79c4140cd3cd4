package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import java.io.IOException;
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
              local body = nil
              if tonumber(args[4]) > 0 then body = string.rep("x", tonumber(args[4])) end
              for token in io.lines(args[1]) do
                requests[#requests + 1] = wrk.format(args[2], args[3], { Authorization = "Bearer " .. token }, body)
              end
            end
            function request()
              next = next % #requests + 1
              return requests[next]
            end
            function done(summary, latency)
              local e = summary.errors
              io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
                latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
                e.connect + e.read + e.write + e.status + e.timeout))
            end
            """;

    /**
     * One run.
     *
     * @param errors answers that were not 2xx or 3xx, and whatever went wrong with connections
     */
    record Result(long requests, long elapsedMicros, long p50Micros, long p99Micros, long p999Micros, long errors) {

        static Result parse(String output) throws IOException {
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
                    Long.parseLong(numbers[5]),
                    Long.parseLong(numbers[6]));
        }
    }

    private static final long GRACE_SECONDS = 20;

    private final int cpu;
    private final Path directory;
    private final Path script;

    Wrk(int cpu, Path directory) throws IOException {
        this.cpu = cpu;
        this.directory = directory;
        this.script = Files.writeString(directory.resolve("wrk.lua"), SCRIPT);
    }

    Result run(Peer peer, Workload workload, int connections, Duration length)
            throws IOException, InterruptedException {
        Path tokens = Files.write(directory.resolve("tokens-" + peer.spec().key() + ".txt"), peer.tokens());
        List<String> command = List.of(
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
                peer.uri("").toString(),
                "--",
                tokens.toString(),
                workload.method(),
                workload.path(),
                String.valueOf(workload.requestBytes()));
        Process process = new ProcessBuilder(ChildProcess.pinned(cpu, command))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("wrk failed: " + output);
        }
        return Result.parse(output);
    }
}
