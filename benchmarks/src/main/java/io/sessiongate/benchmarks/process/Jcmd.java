package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Asks a JVM that we started something, with the {@code jcmd} of its own JDK. */
public final class Jcmd {

    private Jcmd() {}

    public static String ask(ChildProcess jvm, String... command) throws IOException {
        var whole = new ArrayList<String>();
        whole.add(Path.of(jvm.program()).resolveSibling("jcmd").toString());
        whole.add(String.valueOf(jvm.pid()));
        whole.addAll(List.of(command));
        return run(whole);
    }

    /** Runs a command to its end and returns what it printed; fails where it fails. */
    public static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + command.get(0), e);
        }
        return output;
    }
}
