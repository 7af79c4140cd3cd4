package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.process.Jcmd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** JDK Flight Recorder: bytes a request by class, and where Java's own time goes. */
final class JfrProfiler implements Profiler {

    private static final int ROWS = 25;

    /** Every sample that can be had: a profile distorts a little, and no cost is read from it. */
    private static final String SETTINGS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="jdk.ObjectAllocationSample"><setting name="enabled">true</setting>
                <setting name="throttle">20000/s</setting><setting name="stackTrace">true</setting></event>
              <event name="jdk.ThreadAllocationStatistics"><setting name="enabled">true</setting>
                <setting name="period">1 s</setting></event>
              <event name="jdk.ExecutionSample"><setting name="enabled">true</setting>
                <setting name="period">5 ms</setting></event>
              <event name="jdk.NativeMethodSample"><setting name="enabled">true</setting>
                <setting name="period">5 ms</setting></event>
              <event name="jdk.GarbageCollection"><setting name="enabled">true</setting></event>
            </configuration>
            """;

    private final Peer peer;
    private final Path file;

    JfrProfiler(Peer peer, Path file) {
        this.peer = peer;
        this.file = file;
    }

    @Override
    public void start(Duration length) throws IOException {
        Path settings = Files.createTempFile("sessiongate-peers-", ".jfc");
        try {
            Files.writeString(settings, SETTINGS);
            Jcmd.ask(peer.process(), "JFR.start", "name=peers", "settings=" + settings);
        } finally {
            Files.deleteIfExists(settings);
        }
    }

    @Override
    public String stop(long requests) throws IOException {
        Jcmd.ask(peer.process(), "JFR.stop", "name=peers", "filename=" + file);
        Recording recording = Recording.read(file);
        var classes = new Table("bytes a request", "share", "class", "allocated in");
        recording.classes().top(ROWS).forEach((name, weight) -> {
            double share = (double) weight / recording.classes().total();
            classes.row(
                    format("%.1f", share * recording.allocatedBytes() / requests),
                    format("%.1f %%", 100 * share),
                    name,
                    recording.siteOf(name));
        });
        return format(
                        "allocated: %.0f bytes a request (all threads; %,d requests; %d collections)%n%n",
                        (double) recording.allocatedBytes() / requests, requests, recording.collections())
                + classes
                + "\nWhere the thread was (top frame):\n\n"
                + table(recording.frames())
                + "\nThe innermost frame of Sessiongate:\n\n"
                + table(recording.ours());
    }

    private static Table table(Tally tally) {
        var table = new Table("share", "frame");
        for (Map.Entry<String, Long> e : tally.top(ROWS).entrySet()) {
            table.row(format("%.1f %%", 100.0 * e.getValue() / tally.total()), e.getKey());
        }
        return table;
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
