package io.sessiongate.cli;

import io.sessiongate.config.GatewayConfig;
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
    public Integer call() {
        @Nullable GatewayConfig loaded = config.load(spec.commandLine().getErr());
        if (loaded == null) {
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
}
