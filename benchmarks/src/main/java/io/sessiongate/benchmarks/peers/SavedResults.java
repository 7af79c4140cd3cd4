package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Results as a file: one line a measurement, its columns separated by tabs; lines that begin with {@code #} tell of the
 * machine. Tables and charts can be made of it later and elsewhere.
 */
final class SavedResults {

    private static final String HEADER = "kind\tworkload\tconnections\trate\tkey\tname\tuser_us\tsystem_us"
            + "\trequests_per_s\tp50_ms\tp99_ms\tp999_ms\trss_mib\tbusy\tothers\tload\tlate_ms\terrors";

    private static final String LOAD = "load";
    private static final String IDLE = "idle";
    private static final int NUMBERS_AT = 6;
    private static final int LOAD_COLUMNS = 18;
    private static final int IDLE_COLUMNS = 5;

    private SavedResults() {}

    static void write(Path file, List<String> about, Results results) throws IOException {
        var lines = new ArrayList<String>();
        about.forEach(line -> lines.add("# " + line));
        lines.add(HEADER);
        for (Scenario scenario : results.scenarios()) {
            results.of(scenario).forEach((who, samples) -> samples.forEach(s -> lines.add(line(scenario, who, s))));
        }
        results.idle()
                .forEach((who, all) -> all.forEach(
                        bytes -> lines.add(String.join("\t", IDLE, "", who.key(), who.name(), String.valueOf(bytes)))));
        Files.write(file, lines);
    }

    private static String line(Scenario scenario, Results.Who who, Sample s) {
        return String.join(
                "\t",
                LOAD,
                scenario.workload().key(),
                String.valueOf(scenario.connections()),
                String.valueOf(scenario.rate()),
                who.key(),
                who.name(),
                String.valueOf(s.userMicros()),
                String.valueOf(s.systemMicros()),
                String.valueOf(s.requestsPerSecond()),
                String.valueOf(s.p50Millis()),
                String.valueOf(s.p99Millis()),
                String.valueOf(s.p999Millis()),
                String.valueOf(s.residentMebibytes()),
                String.valueOf(s.busy()),
                String.valueOf(s.others()),
                String.valueOf(s.load()),
                String.valueOf(s.lateMillis()),
                String.valueOf(s.errors()));
    }

    /** What the file says of the machine. */
    static List<String> about(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("# "))
                .map(line -> line.substring(2))
                .toList();
    }

    static Results read(Path file) throws IOException {
        var results = new Results();
        for (String line : Files.readAllLines(file)) {
            String[] c = line.split("\t", -1);
            if (c[0].equals(LOAD) && c.length == LOAD_COLUMNS) {
                double[] n = Arrays.stream(c, NUMBERS_AT, c.length)
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                var scenario = new Scenario(Workload.of(c[1]), Integer.parseInt(c[2]), Integer.parseInt(c[3]));
                results.add(scenario, new Results.Who(c[4], c[5]), sample(n));
            } else if (c[0].equals(IDLE) && c.length == IDLE_COLUMNS) {
                results.addIdle(new Results.Who(c[2], c[3]), Double.parseDouble(c[4]));
            } else if (!line.startsWith("#") && !line.equals(HEADER)) {
                throw new IOException(file + " is no saved run: " + line);
            }
        }
        return results;
    }

    private static Sample sample(double[] n) {
        return new Sample(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], (long) n[11]);
    }
}
