package io.sessiongate.benchmarks.process;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program we started, with its output in a file; ended with us. */
public final class ChildProcess implements Closeable {

    private static final long STOP_SECONDS = 40;

    private final String name;
    private final Process process;
    private final Path log;
    private final Thread atExit;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.atExit = new Thread(this::kill, "end-" + name);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts {@code command}; its output goes to {@code name}.log in {@code directory}. */
    public static ChildProcess start(String name, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Path log = directory.resolve(name + ".log");
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new ChildProcess(name, builder.start(), log);
    }

    /** The same on one processor only. */
    public static ChildProcess startOn(int cpu, String name, Path directory, List<String> command) throws IOException {
        return start(name, directory, Map.of(), pinned(cpu, command));
    }

    /** The command that runs {@code command} on this processor, or anywhere where {@code cpu} is negative. */
    public static List<String> pinned(int cpu, List<String> command) {
        if (cpu < 0) {
            return command;
        }
        var pinned = new ArrayList<>(List.of("taskset", "-c", String.valueOf(cpu)));
        pinned.addAll(command);
        return pinned;
    }

    public long pid() {
        return process.pid();
    }

    public CompilerTime compilerTime() throws IOException {
        return CompilerTime.of(process.toHandle());
    }

    public ProcessUsage usage() throws IOException {
        return ProcessUsage.of(process.toHandle());
    }

    /** The file it executes now, which is not the script that started it. */
    public String program() {
        return process.toHandle().info().command().orElse("an unknown program");
    }

    /** Waits until the address accepts connections; fails with the end of the log when the process ends before. */
    public void awaitListening(InetSocketAddress address, Duration atMost) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            try (var socket = new Socket()) {
                socket.connect(address, 1000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IOException(name + " does not listen on " + address + ":\n" + lastLines(), e);
                }
                Thread.sleep(20);
            }
        }
    }

    /** Waits until it has ended by itself; false where it has not in time. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Asks it to stop, and after {@value #STOP_SECONDS} s ends it. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // The JVM is going down already; its hook does the rest.
        }
    }
}
