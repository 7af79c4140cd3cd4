package io.sessiongate.benchmarks.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** The program of the original report, as it was run there: a new connection for each request, times in whole ms. */
public final class ApacheBench {

    private static final int TOTAL_TIME_COLUMN = 4;

    private ApacheBench() {}

    /**
     * {@code total} requests, {@code connections} at a time.
     *
     * @param header a line that each request carries, as in {@code Authorization: Bearer …}
     */
    public static LoadResult run(
            Path directory, InetSocketAddress target, String path, String header, int connections, long total)
            throws IOException {
        Path times = directory.resolve("ab.tsv");
        Process process = new ProcessBuilder(List.of(
                        "ab",
                        "-q",
                        "-l",
                        "-s",
                        "60",
                        "-n",
                        String.valueOf(total),
                        "-c",
                        String.valueOf(connections),
                        "-H",
                        header,
                        "-g",
                        times.toString(),
                        "http://" + target.getHostString() + ":" + target.getPort() + path))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!Files.exists(times)) {
            throw new IOException("ab failed: " + output);
        }
        var histogram = new Histogram(TimeUnit.MINUTES.toMicros(10), 3);
        for (String line : Files.readAllLines(times)) {
            String[] columns = line.split("\t", -1);
            if (!columns[TOTAL_TIME_COLUMN].equals("ttime")) {
                histogram.recordValue(Long.parseLong(columns[TOTAL_TIME_COLUMN]) * 1000);
            }
        }
        Files.delete(times);
        var outcomes = new TreeMap<String, Long>();
        long failed = number(output, "Failed requests:");
        long refused = number(output, "Non-2xx responses:");
        outcomes.put("200", total - failed - refused);
        if (failed + refused > 0) {
            outcomes.put("failed", failed + refused);
        }
        return new LoadResult(histogram, outcomes, number(output, "Time taken for tests:") * 1_000_000);
    }

    /** The number behind a label, in thousandths where it is a fraction; 0 where the label is missing. */
    private static long number(String output, String label) {
        Matcher matcher = Pattern.compile(Pattern.quote(label) + "\\s+(\\d+)(?:\\.(\\d{3}))?")
                .matcher(output);
        if (!matcher.find()) {
            return 0;
        }
        return Long.parseLong(matcher.group(1) + (matcher.group(2) == null ? "" : matcher.group(2)));
    }
}
