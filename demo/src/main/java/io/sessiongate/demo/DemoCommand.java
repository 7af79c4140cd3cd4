package io.sessiongate.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sessiongate demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs a small dashboard application with its own PostgreSQL, and the gateway in front of it.",
            "Everything is on this machine's loopback address, and gone after Ctrl-C."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it ran, and was stopped",
            "1:it could not start",
            "2:the command line is not right",
            "130:stopped with Ctrl-C"
        })
final class DemoCommand implements Callable<Integer> {

    private static final int DEFAULT_PORT = 8080;
    private static final int DEFAULT_ADMIN_PORT = 9901;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--port",
            paramLabel = "<port>",
            description =
                    "Where to open the dashboard; without it " + DEFAULT_PORT + ", or a free one if that is taken.")
    private @Nullable Integer port;

    @Option(
            names = "--admin-port",
            paramLabel = "<port>",
            description = "The gateway's metrics; without it " + DEFAULT_ADMIN_PORT + ", or a free one.")
    private @Nullable Integer adminPort;

    @Option(
            names = "--validate",
            paramLabel = "gateway|itself",
            defaultValue = "gateway",
            converter = ValidationConverter.class,
            description = {
                "Who validates logins: the gateway (default), or the application itself, with a query for each request"
                        + " and no gateway at all: the situation the gateway cures."
            })
    private Validation validation;

    @Option(
            names = "--session-query-delay",
            paramLabel = "<time>",
            defaultValue = "0ms",
            converter = DurationConverter.class,
            description =
                    "Makes every session query sleep at the database, for example 50ms. Default: ${DEFAULT-VALUE}.")
    private Duration sessionQueryDelay;

    @Option(
            names = "--revalidate-after",
            paramLabel = "<time>",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description =
                    "How long a good check of a session holds. Default: ${DEFAULT-VALUE}; the gateway's own is 60s.")
    private Duration revalidateAfter;

    @Option(names = "--exit-after-start", description = "Starts everything, prints what it would, and stops again.")
    private boolean exitAfterStart;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        var settings = new DemoSettings(
                validation,
                choosePort("--port", port, DEFAULT_PORT, out),
                choosePort("--admin-port", adminPort, DEFAULT_ADMIN_PORT, out),
                sessionQueryDelay,
                revalidateAfter);
        say(
                out,
                "Starting PostgreSQL, the dashboard" + (validation == Validation.GATEWAY ? " and the gateway" : "")
                        + " …");
        try (var demo = new Demo(settings)) {
            // A Ctrl-C while it starts needs no hook: the database's own supervisor sees this JVM go.
            var stop = new Thread(demo::close, "demo-stop");
            Runtime.getRuntime().addShutdownHook(stop);
            say(out, demo.guide());
            if (!exitAfterStart) {
                new CountDownLatch(1).await();
            }
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IOException | SQLException e) {
            spec.commandLine().getErr().println("The demonstration could not start: " + e.getMessage());
            return 1;
        }
        return 0;
    }

    private static void say(PrintWriter out, String text) {
        out.println(text);
        out.flush();
    }

    /** The wanted port, or, when it was nobody's wish, a free one in its place. */
    private int choosePort(String option, @Nullable Integer wanted, int fallback, PrintWriter out) {
        int preferred = wanted != null ? wanted : fallback;
        if (preferred < 0 || preferred > 65_535) {
            throw new ParameterException(spec.commandLine(), option + " must be 0 to 65535, not " + preferred);
        }
        try {
            return probe(preferred);
        } catch (IOException taken) {
            if (wanted != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        option + " " + preferred + " cannot be used: " + taken.getMessage() + "; choose another");
            }
        }
        try {
            int free = probe(0);
            say(out, "Port " + preferred + " is taken; using " + free + " instead (" + option + " chooses one).");
            return free;
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "no port is free: " + e.getMessage());
        }
    }

    /** By its name in lower case, whatever the command line's own setting for enums is. */
    static final class ValidationConverter implements ITypeConverter<Validation> {
        @Override
        public Validation convert(String value) {
            return switch (value) {
                case "gateway" -> Validation.GATEWAY;
                case "itself" -> Validation.ITSELF;
                default -> throw new TypeConversionException("'" + value + "' is neither gateway nor itself");
            };
        }
    }

    private static int probe(int port) throws IOException {
        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
