package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Processor time that the JIT compiler's threads of a JVM and its descendants have used so far, by thread, as Linux counts it
 * ({@code proc(5)}, {@code schedstat}). Empty for a process that is no JVM.
 */
public record CompilerTime(Map<Long, Long> nanosByThread) {

    private static final String FIRST = "C1 CompilerThre";
    private static final String SECOND = "C2 CompilerThre";

    public CompilerTime {
        nanosByThread = Map.copyOf(nanosByThread);
    }

    public static CompilerTime of(ProcessHandle root) throws IOException {
        var nanos = new HashMap<Long, Long>();
        add(root, nanos);
        for (ProcessHandle child : root.descendants().toList()) {
            add(child, nanos);
        }
        return new CompilerTime(nanos);
    }

    private static void add(ProcessHandle process, Map<Long, Long> nanos) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads) {
                String name = Files.readString(thread.resolve("comm"));
                if (name.startsWith(FIRST) || name.startsWith(SECOND)) {
                    String used = Files.readString(thread.resolve("schedstat")).split(" ", 2)[0];
                    nanos.put(Long.parseLong(thread.getFileName().toString()), Long.parseLong(used));
                }
            }
        } catch (NoSuchFileException e) {
            // It, or a thread of it, has ended meanwhile.
        }
    }

    /** Nanoseconds used since {@code earlier}; of a thread that has ended meanwhile nothing is known. */
    public long nanosSince(CompilerTime earlier) {
        return nanosByThread.entrySet().stream()
                .mapToLong(thread -> thread.getValue() - earlier.nanosByThread.getOrDefault(thread.getKey(), 0L))
                .sum();
    }
}
