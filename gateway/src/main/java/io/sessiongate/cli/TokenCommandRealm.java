package io.sessiongate.cli;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import io.sessiongate.config.RealmConfig;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that name a realm of a configuration file. */
final class TokenCommandRealm {

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration file of the gateway.")
    private @Nullable Path file;

    @Option(
            names = "--realm",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "The realm in it (default: default).")
    private String name = "default";

    /** The realm, or null without {@code --config}; a file or name that is not right ends the command. */
    @Nullable RealmConfig load(CommandLine command, Function<String, @Nullable String> environment) {
        if (file == null) {
            return null;
        }
        LoadResult result = ConfigLoader.load(file, environment);
        if (result instanceof LoadResult.Loaded loaded) {
            RealmConfig realm = loaded.config().realms().get(name);
            if (realm == null) {
                throw new ParameterException(
                        command,
                        "There is no realm '" + name + "'; there is "
                                + String.join(
                                        ", ",
                                        new TreeSet<>(loaded.config().realms().keySet())) + ".");
            }
            return realm;
        }
        throw new ParameterException(
                command,
                ((LoadResult.Invalid) result)
                        .problems().stream().map(Problem::toString).collect(Collectors.joining("\n")));
    }
}
