package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process and its descendants have used so far, as Linux counts it ({@code proc(5)}).
 *
 * @param userMicros and {@code systemMicros}: processor time, ended and awaited children included
 * @param residentBytes memory resident now, shared pages counted in each process
 */
public record ProcessUsage(long userMicros, long systemMicros, long residentBytes) {

    /** {@code sysconf(_SC_CLK_TCK)} is 100 on every Linux that Java runs on. */
    private static final long MICROS_A_TICK = 10_000;

    private static final long PAGE_BYTES = 4096;

    public static ProcessUsage of(ProcessHandle root) throws IOException {
        List<ProcessHandle> all =
                Stream.concat(Stream.of(root), root.descendants()).toList();
        long user = 0;
        long system = 0;
        long resident = 0;
        for (ProcessHandle process : all) {
            ProcessUsage one = alone(process);
            user += one.userMicros;
            system += one.systemMicros;
            resident += one.residentBytes;
        }
        return new ProcessUsage(user, system, resident);
    }

    /** Without its running descendants; nothing for one that is gone. */
    public static ProcessUsage alone(ProcessHandle process) throws IOException {
        try {
            return parse(Files.readString(Path.of("/proc/" + process.pid() + "/stat")));
        } catch (NoSuchFileException e) {
            return new ProcessUsage(0, 0, 0);
        }
    }

    static ProcessUsage parse(String stat) {
        // The name in field 2 may contain anything; what follows its closing parenthesis begins with field 3.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return new ProcessUsage(
                (number(fields, 14) + number(fields, 16)) * MICROS_A_TICK,
                (number(fields, 15) + number(fields, 17)) * MICROS_A_TICK,
                number(fields, 24) * PAGE_BYTES);
    }

    private static long number(String[] fields, int field) {
        return Long.parseLong(fields[field - 3]);
    }

    /** What was used since {@code earlier}; memory is that of now. */
    public ProcessUsage since(ProcessUsage earlier) {
        return new ProcessUsage(userMicros - earlier.userMicros, systemMicros - earlier.systemMicros, residentBytes);
    }

    public long cpuMicros() {
        return userMicros + systemMicros;
    }
}
