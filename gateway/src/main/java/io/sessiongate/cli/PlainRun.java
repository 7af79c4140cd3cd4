package io.sessiongate.cli;

import io.sessiongate.app.Ahead;
import io.sessiongate.app.Gateway;
import io.sessiongate.app.Logging;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Reading;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code run} with a configuration file and nothing else, as services are started: without the library of the command line,
 * which takes as long to read its own annotations as the configuration takes. Anything else on the line, and whatever has to
 * be said before the log is there, is left to it.
 */
final class PlainRun {

    /** A signal during the start waits for its end, at most so long. */
    private static final Duration LONGEST_START = Duration.ofSeconds(30);

    /** Whether Netty declares its events to Flight Recorder, which for itself is a tenth of a start. */
    private static final String NETTY_EVENTS = "io.netty.jfr.enabled";

    private PlainRun() {}

    /** The file that a line names which says {@code run}, at most with {@code -c}; null where it says anything else. */
    static @Nullable Path file(String... arguments) {
        String name;
        if (arguments.length == 1 && arguments[0].equals("run")) {
            name = ConfigOption.DEFAULT;
        } else if (arguments.length == 3
                && arguments[0].equals("run")
                && (arguments[1].equals("-c") || arguments[1].equals("--config"))) {
            name = arguments[2];
        } else {
            return null;
        }
        // What may be an option, a file of arguments or a mistake.
        if (name.isEmpty() || "-@".indexOf(name.charAt(0)) >= 0) {
            return null;
        }
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Runs, and returns the exit code. */
    static int run(Path file) {
        Ahead ahead = begin();
        try {
            ConfigFile from = ConfigFile.of(file);
            Reading reading = from.read();
            LoadResult result = reading.result();
            boolean silent = result instanceof LoadResult.Loaded loaded
                    && loaded.warnings().isEmpty();
            @Nullable GatewayConfig config =
                    silent ? ((LoadResult.Loaded) result).config() : ConfigOption.shown(file, result, err());
            return serve(config == null ? null : from, reading, ahead, false);
        } catch (Exception e) {
            PrintWriter err = err();
            err.println("run: " + Main.explain(e));
            err.flush();
            return ExitCode.FAILED;
        }
    }

    private static PrintWriter err() {
        return Main.runAlone().getErr();
    }

    /** Begins what needs no configuration. */
    static Ahead begin() {
        if (System.getProperty(NETTY_EVENTS) == null) {
            System.setProperty(NETTY_EVENTS, "false");
        }
        return Ahead.begin();
    }

    /** Serves until told to stop; without a file, the problems of which were shown, not at all. */
    static int serve(@Nullable ConfigFile file, Reading reading, Ahead ahead, boolean takeOver)
            throws InterruptedException {
        if (file == null) {
            ahead.abandon();
            return ExitCode.CONFIGURATION;
        }
        CompletableFuture<Gateway> started = new CompletableFuture<>();
        // Before the start: whoever reads "Serving" in the log may send the signal in the same moment.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started), "sessiongate-stop"));
        ahead.awaitLogging();
        var unused = HangUp.runs(() -> reload(started));
        try {
            started.complete(start(file, reading, ahead, takeOver));
        } catch (RuntimeException | Error e) {
            started.completeExceptionally(e);
            throw e;
        }
        started.join().awaitStopped();
        return ExitCode.OK;
    }

    /** Once it has started, if it has not yet. */
    @SuppressWarnings("FutureReturnValueIgnored") // one that does not start has nothing to load again
    private static void reload(CompletableFuture<Gateway> started) {
        started.thenAccept(Gateway::reload);
    }

    /** The log as configured, then the gateway. */
    static Gateway start(ConfigFile file, Reading reading, Ahead ahead, boolean takeOver) {
        ahead.awaitLogging();
        if (reading.result() instanceof LoadResult.Loaded loaded) {
            Logging.start(loaded.config().log());
        }
        return Gateway.start(file, reading, ahead, takeOver);
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
