package io.sessiongate.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point: names the commands, turns failures into a sentence and an exit code. */
@Command(
        name = "sessiongate",
        description = {
            "Stands in front of a web application and answers for it, on every request:",
            "who is this, and is the login still good?",
            ""
        },
        subcommands = {
            InitCommand.class,
            RunCommand.class,
            CheckCommand.class,
            InstallRevocationsCommand.class,
            DoctorCommand.class,
            PlanCommand.class,
            TokenCommand.class,
            RevokeCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:could not start, or failed while running",
            "2:wrong command line",
            "3:the configuration is not valid; every problem is listed"
        },
        footer = {
            "",
            "First steps:",
            "  sessiongate init                         write a configuration file",
            "  sessiongate check -c sessiongate.yaml    is this file right?",
            "  sessiongate doctor -c sessiongate.yaml   is the database, is the application?",
            "  sessiongate run -c sessiongate.yaml      stand in front of the application",
        })
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    private static int execute(String[] arguments) {
        @Nullable Path file = plain(arguments);
        if (file != null) {
            return PlainRun.run(file);
        }
        boolean run = arguments.length > 0 && arguments[0].equals("run");
        return (run ? runAlone() : commandLine()).execute(arguments);
    }

    /** The configuration to run without the command line's library, or null where that is needed. */
    static @Nullable Path plain(String[] arguments) {
        return PlainRun.file(arguments);
    }

    /**
     * A command line that knows {@code run} only, and says the same of it. Reading the annotations of all the others takes
     * longer than to read the configuration.
     */
    static CommandLine runAlone() {
        CommandLine line = new CommandLine(CommandSpec.create().name("sessiongate"));
        line.addSubcommand(new RunCommand());
        return explaining(line);
    }

    /** The whole command line, for {@code main} and for tests. */
    static CommandLine commandLine() {
        return commandLine(CommandLine.defaultFactory());
    }

    /** The same with commands that a test makes. */
    static CommandLine commandLine(CommandLine.IFactory factory) {
        CommandLine line = new CommandLine(new Main(), factory);
        for (SubcommandProvider provider : ServiceLoader.load(SubcommandProvider.class)) {
            line.addSubcommand(provider.command());
        }
        return explaining(line);
    }

    private static CommandLine explaining(CommandLine line) {
        return line.setExecutionExceptionHandler((failure, at, parsed) -> {
            PrintWriter err = at.getErr();
            err.println(at.getCommandName() + ": " + explain(failure));
            err.flush();
            return ExitCode.FAILED;
        });
    }

    @Override
    public void run() {
        throw NoCommand.on(spec.commandLine());
    }

    /** Beside the class, which otherwise could not be verified without loading the library of the command line. */
    private static final class NoCommand {

        static RuntimeException on(CommandLine line) {
            return new ParameterException(line, "a command is missing");
        }
    }

    /** The message of the failure and of what caused it, without a stack: a person reads this. */
    static String explain(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String message = t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.isEmpty() ? "" : ": ").append(message);
            }
        }
        return text.toString();
    }
}
