package io.sessiongate.benchmarks.process;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What this machine has and is. */
public final class Tools {

    private Tools() {}

    /** Whether a program of that name is installed; {@code sbin} is looked at even where it is not on the path. */
    public static boolean installed(String program) {
        return Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)),
                        Stream.of("/usr/sbin", "/usr/local/sbin"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** An address of this machine that was free a moment ago. */
    @SuppressWarnings("AddressSelection") // a literal address: nothing is looked up
    public static InetSocketAddress freeAddress() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return new InetSocketAddress("127.0.0.1", socket.getLocalPort());
        }
    }

    /** Moves this JVM, all its threads, and whoever it starts from now on, to one processor. */
    public static void pinThisProcess(int cpu) throws IOException {
        String said = version(List.of(
                "taskset",
                "-a",
                "-p",
                "-c",
                String.valueOf(cpu),
                String.valueOf(ProcessHandle.current().pid())));
        if (!said.startsWith("pid ")) {
            throw new IOException("taskset cannot move this process to processor " + cpu + ": " + said);
        }
    }

    /**
     * The Java that {@code ./sessiongate} would choose: that of {@code SESSIONGATE_JAVA_HOME}, or else the newest among this
     * one and those in {@code /usr/lib/jvm}.
     */
    public static Path newestJava() throws IOException {
        String chosen = System.getenv().getOrDefault("SESSIONGATE_JAVA_HOME", "");
        Path best = Path.of(chosen.isEmpty() ? System.getProperty("java.home") : chosen);
        Path installed = Path.of("/usr/lib/jvm");
        if (chosen.isEmpty() && Files.isDirectory(installed)) {
            try (Stream<Path> homes = Files.list(installed)) {
                for (Path home : homes.toList()) {
                    best = feature(home) > feature(best) ? home : best;
                }
            }
        }
        return best.resolve("bin").resolve("java");
    }

    /** The feature release of a Java, 0 for anything else. */
    private static int feature(Path home) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isReadable(release)
                || !Files.isExecutable(home.resolve("bin").resolve("java"))) {
            return 0;
        }
        for (String line : Files.readAllLines(release)) {
            if (line.startsWith("JAVA_VERSION=\"")) {
                return Runtime.Version.parse(line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
                        .feature();
            }
        }
        return 0;
    }

    /** How many files a process may have open once it has raised its limit. */
    public static int openFiles() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split(" +", -1)[4])
                .mapToInt(hard -> hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard))
                .findFirst()
                .orElse(Integer.MAX_VALUE);
    }

    /** One line that names the machine, its load before we began, and the JVM. */
    public static String machine() throws IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(l -> l.startsWith("model name"))
                .findFirst()
                .map(l -> l.substring(l.indexOf(':') + 1).strip())
                .orElse("unknown processor");
        long kilobytes = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(l -> l.startsWith("MemTotal"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                .sum();
        return "%s, %d processors, %.0f GB; Linux %s; JDK %s (%s); load average %s"
                .formatted(
                        model,
                        Runtime.getRuntime().availableProcessors(),
                        kilobytes / 1e6,
                        System.getProperty("os.version"),
                        System.getProperty("java.version"),
                        System.getProperty("java.vendor"),
                        Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
    }

    /** First line of what a program prints about itself. */
    public static String version(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return output.lines().findFirst().orElse(command.get(0)).strip();
    }
}
