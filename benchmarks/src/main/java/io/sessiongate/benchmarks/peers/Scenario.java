package io.sessiongate.benchmarks.peers;

import java.time.Duration;
import java.util.Locale;

/**
 * One way of asking.
 *
 * @param rate requests a second; 0 is as fast as it goes
 */
record Scenario(Workload workload, int connections, int rate) {

    private static final int MANY = 1000;

    boolean paced() {
        return rate > 0;
    }

    /** Twice as long over many connections: opening them is a part of what wrk measures. */
    Duration length(Duration slice) {
        return connections >= MANY ? slice.multipliedBy(2) : slice;
    }

    String text() {
        String pace = paced() ? String.format(Locale.ROOT, "at %,d requests a second", rate) : "as fast as it goes";
        return String.format(Locale.ROOT, "%s, %,d connections, %s", workload.text(), connections, pace);
    }
}
