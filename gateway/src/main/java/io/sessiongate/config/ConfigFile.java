package io.sessiongate.config;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a configuration stands, to be read again and again. For any thread; reading blocks on the disk.
 *
 * @param environment value of a variable, or null where it is not set
 */
public record ConfigFile(Path path, Function<String, @Nullable String> environment) {

    /** With the variables of this process. */
    public static ConfigFile of(Path path) {
        return new ConfigFile(path, System::getenv);
    }

    /** What stands there now. Never throws for what the files hold. */
    public Reading read() {
        return ConfigLoader.read(path, environment);
    }
}
