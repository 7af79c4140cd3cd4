package io.sessiongate.cli;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code -c} of every command that reads a configuration file, and how its problems are shown. */
final class ConfigOption {

    static final String DEFAULT = "sessiongate.yaml";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = DEFAULT,
            description = "Configuration file (default: ${DEFAULT-VALUE}).")
    private Path file;

    Path file() {
        return file;
    }

    /** The configuration, with its warnings shown; or null once all problems were shown. */
    @Nullable GatewayConfig load(PrintWriter err) {
        return shown(file, ConfigLoader.load(file, System::getenv), err);
    }

    /** What was read from a file, likewise. */
    static @Nullable GatewayConfig shown(Path file, LoadResult result, PrintWriter err) {
        if (result instanceof LoadResult.Loaded loaded) {
            for (Problem warning : loaded.warnings()) {
                err.println("warning: " + warning);
            }
            err.flush();
            return loaded.config();
        }
        if (result instanceof LoadResult.Invalid invalid) {
            for (Problem problem : invalid.problems()) {
                err.println(problem);
            }
            int count = invalid.problems().size();
            err.println(file + ": " + count + (count == 1 ? " problem" : " problems"));
            err.flush();
        }
        return null;
    }
}
