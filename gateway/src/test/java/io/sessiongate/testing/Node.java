package io.sessiongate.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Node.js, for what of this project runs in applications: used where the machine has it, and else the test is skipped. */
public final class Node {

    /** The module for applications of Auth.js. */
    public static final Path MODULE =
            Path.of("..", "clients", "auth-js").toAbsolutePath().normalize();

    private static final int OLDEST = 20;
    private static final long DEADLINE_SECONDS = 120;
    private static final @Nullable String MISSING = missing();

    private Node() {}

    /** Skips the test where there is no Node.js that will do. */
    public static void assumePresent() {
        assumeTrue(MISSING == null, MISSING);
    }

    /** Runs it in the module's folder until its end. */
    public static Result run(List<String> arguments) {
        try {
            return execute(arguments);
        } catch (IOException e) {
            throw new AssertionError("Node.js could not be run", e);
        }
    }

    private static Result execute(List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of("node"));
        command.addAll(arguments);
        Path output = Files.createTempFile("sessiongate-node", ".txt");
        try {
            var builder = new ProcessBuilder(command)
                    .directory(MODULE.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            // Of whoever runs the build with their own.
            builder.environment().remove("NODE_OPTIONS");
            Process process = builder.start();
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("Node.js did not end:\n" + Files.readString(output));
            }
            return new Result(process.exitValue(), Files.readString(output));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static @Nullable String missing() {
        try {
            String version = execute(List.of("--version")).output().strip();
            int dot = version.indexOf('.');
            boolean recent = dot > 1 && Integer.parseInt(version.substring(1, dot)) >= OLDEST;
            return recent ? null : "skipped: node is " + version + ", and the module needs " + OLDEST;
        } catch (IOException e) {
            return "skipped: there is no node on the PATH";
        }
    }

    /**
     * What came of it.
     *
     * @param output standard output and standard error together
     */
    public record Result(int exitCode, String output) {}
}
