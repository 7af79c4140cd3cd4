package io.sessiongate.cli;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RealmConfig;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Which realms a command is about. */
final class RealmChoice {

    private RealmChoice() {}

    /** The realm of that name, or all by name; a name that is none ends the command. */
    static List<RealmConfig> of(CommandLine command, GatewayConfig config, @Nullable String name) {
        if (name == null) {
            return config.realms().values().stream()
                    .sorted(Comparator.comparing(RealmConfig::name))
                    .toList();
        }
        RealmConfig realm = config.realms().get(name);
        if (realm == null) {
            throw new ParameterException(
                    command,
                    "There is no realm '" + name + "'; there is "
                            + String.join(", ", new TreeSet<>(config.realms().keySet())) + ".");
        }
        return List.of(realm);
    }
}
