package io.sessiongate.cli;

import io.sessiongate.app.Ahead;
import io.sessiongate.app.Gateway;
import io.sessiongate.app.Logging;
import io.sessiongate.config.GatewayConfig;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    /** A signal during the start waits for its end, at most so long. */
    private static final Duration LONGEST_START = Duration.ofSeconds(30);

    @Mixin
    private ConfigOption config;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Ahead ahead = Ahead.begin();
        @Nullable GatewayConfig loaded = config.load(spec.commandLine().getErr());
        if (loaded == null) {
            ahead.abandon();
            return ExitCode.CONFIGURATION;
        }
        Logging.start(loaded.log());
        CompletableFuture<Gateway> started = new CompletableFuture<>();
        // Before the start: whoever reads "Serving" in the log may send the signal in the same moment.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started), "sessiongate-stop"));
        try {
            started.complete(Gateway.start(loaded, ahead));
        } catch (RuntimeException | Error e) {
            started.completeExceptionally(e);
            throw e;
        }
        started.join().awaitStopped();
        return ExitCode.OK;
    }

    /**
     * In the shutdown hook, while the JVM waits for it: drains, then lets the log write what it still has. A JVM that a signal ends
     * says 128 + the signal's number, which a supervisor takes for a failure; a stop as told is none.
     */
    private static void stop(CompletableFuture<Gateway> started) {
        try {
            started.get(LONGEST_START.toMillis(), TimeUnit.MILLISECONDS).stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (ExecutionException | TimeoutException e) {
            return; // it did not start, and says so itself, with an exit code of its own
        }
        Logging.stop();
        Runtime.getRuntime().halt(ExitCode.OK);
    }
}
