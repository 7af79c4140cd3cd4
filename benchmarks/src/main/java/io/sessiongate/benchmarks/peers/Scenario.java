package io.sessiongate.benchmarks.peers;

import java.util.Locale;

/**
 * One way of asking.
 *
 * @param rate requests a second; 0 is as fast as it goes
 */
record Scenario(Workload workload, int connections, int rate) {

    boolean paced() {
        return rate > 0;
    }

    String text() {
        String pace = paced() ? String.format(Locale.ROOT, "at %,d requests a second", rate) : "as fast as it goes";
        return String.format(Locale.ROOT, "%s, %,d connections, %s", workload.text(), connections, pace);
    }
}
