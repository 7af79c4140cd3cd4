package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What one processor has done so far, as Linux counts it ({@code proc(5)}, {@code /proc/stat}).
 *
 * @param busyTicks everything but idling and waiting for disks, what the hypervisor took included
 */
public record CpuClock(long busyTicks, long allTicks) {

    private static final int IDLE = 4;
    private static final int WAIT = 5;

    /** The guest's columns behind it are part of the user's already. */
    private static final int STEAL = 8;

    public static CpuClock of(int cpu) throws IOException {
        return parse(cpu, Files.readAllLines(Path.of("/proc/stat")));
    }

    static CpuClock parse(int cpu, List<String> lines) {
        String line = lines.stream()
                .filter(l -> l.startsWith("cpu" + cpu + " "))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no processor " + cpu));
        String[] columns = line.split(" ", -1);
        long all = 0;
        for (int i = 1; i <= STEAL; i++) {
            all += Long.parseLong(columns[i]);
        }
        return new CpuClock(all - Long.parseLong(columns[IDLE]) - Long.parseLong(columns[WAIT]), all);
    }

    /** Share of the time since {@code earlier} that was not idle, 0 to 1. */
    public double busySince(CpuClock earlier) {
        long all = allTicks - earlier.allTicks;
        return all == 0 ? 0 : (double) (busyTicks - earlier.busyTicks) / all;
    }
}
