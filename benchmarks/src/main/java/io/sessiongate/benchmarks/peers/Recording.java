package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** What a flight recording says about allocation and time. Confined to its thread. */
final class Recording {

    private static final String OURS = "io.sessiongate.";

    /** Threads that carry traffic; the others rest. */
    private static final String LOOPS = "sessiongate-loop";

    private final Tally classes = new Tally();
    private final Tally frames = new Tally();
    private final Tally ours = new Tally();
    private final Map<String, Tally> sites = new HashMap<>();
    private final Set<Long> sampled = new HashSet<>();
    private final Map<Long, long[]> allocatedByThread = new HashMap<>();
    private int collections;

    private Recording() {}

    static Recording read(Path file) throws IOException {
        var recording = new Recording();
        try (var events = new RecordingFile(file)) {
            while (events.hasMoreEvents()) {
                recording.add(events.readEvent());
            }
        }
        return recording;
    }

    private void add(RecordedEvent event) {
        switch (event.getEventType().getName()) {
            case "jdk.ObjectAllocationSample" -> {
                // A thread's first sample stands for all it allocated before the recording began.
                if (!sampled.add(threadId(event, "eventThread"))) {
                    allocation(event);
                }
            }
            case "jdk.ExecutionSample", "jdk.NativeMethodSample" -> {
                RecordedThread thread = event.getThread("sampledThread");
                if (thread != null
                        && thread.getJavaName() != null
                        && thread.getJavaName().startsWith(LOOPS)) {
                    frames.add(innermost(event.getStackTrace(), ""), 1);
                    ours.add(innermost(event.getStackTrace(), OURS), 1);
                }
            }
            case "jdk.ThreadAllocationStatistics" -> {
                long allocated = event.getLong("allocated");
                long[] ends = allocatedByThread.computeIfAbsent(
                        threadId(event, "thread"), n -> new long[] {allocated, allocated});
                ends[0] = Math.min(ends[0], allocated);
                ends[1] = Math.max(ends[1], allocated);
            }
            case "jdk.GarbageCollection" -> collections++;
            default -> {}
        }
    }

    private static long threadId(RecordedEvent event, String field) {
        RecordedThread thread = event.getThread(field);
        return thread == null ? 0 : thread.getOSThreadId();
    }

    private void allocation(RecordedEvent event) {
        RecordedClass type = event.getClass("objectClass");
        long weight = event.getLong("weight");
        String name = type == null ? "?" : readable(type.getName());
        classes.add(name, weight);
        sites.computeIfAbsent(name, n -> new Tally()).add(innermost(event.getStackTrace(), OURS), weight);
    }

    /** The first frame from the top whose class name begins so, or the top one. */
    private static String innermost(@Nullable RecordedStackTrace trace, String prefix) {
        List<RecordedFrame> all = trace == null ? List.of() : trace.getFrames();
        return all.stream()
                .filter(f -> f.getMethod().getType().getName().startsWith(prefix))
                .findFirst()
                .or(() -> all.stream().findFirst())
                .map(Recording::text)
                .orElse("?");
    }

    private static String text(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName() + ":" + frame.getLineNumber();
    }

    /** {@code [B} is {@code byte[]}. */
    static String readable(String name) {
        int dimensions = 0;
        while (dimensions < name.length() && name.charAt(dimensions) == '[') {
            dimensions++;
        }
        if (dimensions == 0) {
            return name;
        }
        String element = name.substring(dimensions);
        String plain = switch (element) {
            case "B" -> "byte";
            case "C" -> "char";
            case "I" -> "int";
            case "J" -> "long";
            case "Z" -> "boolean";
            case "S" -> "short";
            case "D" -> "double";
            case "F" -> "float";
            default -> element.startsWith("L") ? element.substring(1, element.length() - 1) : element;
        };
        return plain + "[]".repeat(dimensions);
    }

    /** Sampled bytes by class. */
    Tally classes() {
        return classes;
    }

    /** Where most of a class is allocated: the innermost frame of ours. */
    String siteOf(String name) {
        return sites.getOrDefault(name, new Tally()).top(1).keySet().stream()
                .findFirst()
                .orElse("?");
    }

    Tally frames() {
        return frames;
    }

    Tally ours() {
        return ours;
    }

    /** Exactly, of all threads, while it was recorded. */
    long allocatedBytes() {
        return allocatedByThread.values().stream().mapToLong(e -> e[1] - e[0]).sum();
    }

    int collections() {
        return collections;
    }
}
