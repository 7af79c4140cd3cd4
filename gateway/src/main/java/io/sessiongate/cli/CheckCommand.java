package io.sessiongate.cli;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.KeyProbe;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = {
            "Check a configuration file and list everything that is wrong with it,",
            "each problem with file, line, column, key and what would be right.",
            "Connects to nothing."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the file is right", "3:it is not"})
final class CheckCommand implements Callable<Integer> {

    @Mixin
    private ConfigOption config;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        @Nullable GatewayConfig loaded = config.load(spec.commandLine().getErr());
        if (loaded == null) {
            return ExitCode.CONFIGURATION;
        }
        int wrong = 0;
        for (RealmConfig realm : loaded.realms().values()) {
            wrong += keySets(realm.token());
        }
        if (wrong > 0) {
            return ExitCode.CONFIGURATION;
        }
        spec.commandLine()
                .getOut()
                .printf(
                        "%s: right. %d listener(s), %d route(s), %d upstream(s), %d realm(s).%n",
                        config.file(),
                        loaded.listeners().size(),
                        loaded.routes().size(),
                        loaded.upstreams().size(),
                        loaded.realms().size());
        return ExitCode.OK;
    }

    /** How many key sets in files cannot be used; says so, and what is left out of the others. */
    private int keySets(TokenConfig token) throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        int wrong = 0;
        for (KeySourceConfig source : token.keySources()) {
            if (source.kind() != KeySourceConfig.Kind.FILE) {
                continue;
            }
            KeyProbe set = KeyProbe.of(source);
            if (set.failure() != null) {
                err.println(set.location() + " jwks: " + set.failure());
                wrong++;
            } else if (!set.omissions().isEmpty()) {
                err.println("warning: " + set.location() + " jwks: not used: " + set.omissions());
            }
        }
        err.flush();
        return wrong;
    }
}
