package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.time.Duration;

/** Watches one peer from {@link #start} to {@link #stop}. */
interface Profiler {

    /** Options without which the JVM under it would tell less; none for no profiler. */
    static String jvmOptions(String profiler) {
        return switch (profiler) {
            case "jfr" -> "-XX:+UnlockDiagnosticVMOptions -XX:+DebugNonSafepoints";
            case "perf" -> "-XX:+PreserveFramePointer";
            default -> "";
        };
    }

    /** Begins; what follows will take {@code length}. */
    void start(Duration length) throws IOException, InterruptedException;

    /** Ends, and says what was seen while the peer answered so many requests. */
    String stop(long requests) throws IOException, InterruptedException;
}
