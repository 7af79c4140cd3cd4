package io.sessiongate.cli;

import io.sessiongate.app.Gateway;
import io.sessiongate.app.Logging;
import io.sessiongate.config.GatewayConfig;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Run the gateway until it is told to stop (SIGTERM or Ctrl-C).",
            "A stop finishes the requests in flight, for at most the time 'drain' says."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped as told",
            "1:could not start (address taken, ...)",
            "3:the configuration is not valid"
        })
final class RunCommand implements Callable<Integer> {

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
        Logging.start(loaded.log());
        Gateway gateway = Gateway.start(loaded);
        // The hook runs while the JVM waits for it: drain in it, then let the log write what it still has. A JVM that a
        // signal ends says 128 + the signal's number, which a supervisor takes for a failure; a stop as told is none.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            gateway.stop();
                            Logging.stop();
                            Runtime.getRuntime().halt(ExitCode.OK);
                        },
                        "sessiongate-stop"));
        gateway.awaitStopped();
        return ExitCode.OK;
    }
}
