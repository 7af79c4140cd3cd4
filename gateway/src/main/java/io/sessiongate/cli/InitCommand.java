package io.sessiongate.cli;

import io.sessiongate.app.init.App;
import io.sessiongate.app.init.ConfigDraft;
import io.sessiongate.app.init.ConfigDraft.Draft;
import io.sessiongate.app.init.ConfigDraft.Wishes;
import io.sessiongate.app.init.FoundTable;
import io.sessiongate.app.init.Recognition;
import io.sessiongate.app.init.SchemaScan;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseUrl;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Drafts a configuration. Asks what the command line does not say, where somebody is there to be asked. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Write a commented configuration file for your application.",
            "Looks at the database, recognises the table of sessions, and asks what it",
            "cannot know. Changes nothing in the database, and writes no secret down.",
            "",
            "Example:",
            "  sessiongate init --app authjs5 --url https://app.example.com",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the file was written; what is left to do is printed",
            "1:the database could not be looked at, or the file not be written",
            "2:wrong command line"
        })
final class InitCommand implements Callable<Integer> {

    static final String DATABASE_VARIABLE = "DATABASE_URL";

    @Option(
            names = "--app",
            paramLabel = "KIND",
            description = {
                "authjs4: NextAuth v4 with JWT sessions, the default of Credentials logins;",
                "authjs5: Auth.js v5, the same;",
                "jwt: your application signs JWTs;",
                "opaque: the cookie is the id of a session's row (Auth.js with database sessions)."
            })
    private @Nullable String app;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "The application's DATABASE_URL (default: that variable). It is looked at, not written down.")
    private @Nullable String databaseUrl;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Where browsers find the application; by its https Auth.js chooses the cookie's name.")
    private @Nullable String url;

    @Option(
            names = "--upstream",
            paramLabel = "URL",
            description = "Where the application listens (default: http://127.0.0.1:3000).")
    private @Nullable String upstream;

    @Option(
            names = "--cookie",
            paramLabel = "NAME",
            description = "The session cookie, where it has a name of its own.")
    private @Nullable String cookie;

    @Option(names = "--table", paramLabel = "NAME", description = "The table of sessions, where several look like one.")
    private @Nullable String table;

    @Option(names = "--offline", description = "Do not look at the database.")
    private boolean offline;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            defaultValue = "sessiongate.yaml",
            description = "Where to write (default: ${DEFAULT-VALUE}); - is standard output.")
    private String output;

    @Option(names = "--force", description = "Write over a file that is there.")
    private boolean force;

    @Spec
    private CommandSpec spec;

    private final @Nullable UnaryOperator<String> questions;
    private final Function<String, @Nullable String> environment;

    InitCommand() {
        this(terminal(), System::getenv);
    }

    /**
     * With somebody else to ask.
     *
     * @param questions answers a question, or null where nobody is there
     */
    InitCommand(@Nullable UnaryOperator<String> questions, Function<String, @Nullable String> environment) {
        this.questions = questions;
        this.environment = environment;
    }

    @SuppressWarnings("SystemConsoleNull") // what later versions of Java return instead is asked below
    private static @Nullable UnaryOperator<String> terminal() {
        @Nullable Console console = System.console();
        if (console == null) {
            return null;
        }
        try {
            if (!(boolean) Console.class.getMethod("isTerminal").invoke(console)) {
                return null;
            }
        } catch (ReflectiveOperationException e) {
            // before Java 22 there is none without a terminal
        }
        return question -> console.readLine("%s ", question);
    }

    @Override
    public Integer call() throws InterruptedException {
        App kind = kind();
        String to = uri(
                "--upstream",
                upstream == null ? asked("Where does the application listen?", "http://127.0.0.1:3000") : upstream);
        boolean needsUrl = cookie == null && kind != App.JWT;
        if (url == null && needsUrl && questions == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--url is missing: the cookie's name depends on whether browsers come by https; or give --cookie.");
        }
        boolean https = needsUrl
                && uri("--url", url == null ? asked("Where do browsers find it?", "https://app.example.com") : url)
                        .startsWith("https:");
        Recognition found;
        try {
            @Nullable DatabaseConfig database = offline ? null : database();
            List<FoundTable> tables = database == null ? List.of() : SchemaScan.tables(database);
            found = new Recognition(tables, database == null ? null : database.schema());
        } catch (SchemaScan.Failure e) {
            complain("The database could not be looked at: " + e.getMessage()
                    + ". With --offline a file is written without, for you to fill in.");
            return ExitCode.FAILED;
        }
        Draft draft = ConfigDraft.of(new Wishes(kind, to, https, cookie, table, DATABASE_VARIABLE), found);
        return write(draft) ? ExitCode.OK : ExitCode.FAILED;
    }

    private App kind() {
        if (app == null && questions == null) {
            throw new ParameterException(spec.commandLine(), "--app is missing: one of authjs4, authjs5, jwt, opaque.");
        }
        String answer =
                app == null ? asked("What kind of application is it: authjs4, authjs5, jwt or opaque?", "") : app;
        for (int i = 0; i < 3; i++) {
            for (App each : App.values()) {
                if (each.spelled().equals(answer.toLowerCase(Locale.ROOT))) {
                    return each;
                }
            }
            answer = app == null ? asked("One of authjs4, authjs5, jwt, opaque:", "") : app;
        }
        throw new ParameterException(
                spec.commandLine(), "--app: '" + answer + "' is none; expected authjs4, authjs5, jwt or opaque.");
    }

    private String asked(String question, String standard) {
        if (questions == null) {
            return standard;
        }
        @Nullable String answer = questions.apply(standard.isEmpty() ? question : question + " [" + standard + "]");
        return answer == null || answer.isBlank() ? standard : answer.strip();
    }

    private String uri(String option, String text) {
        try {
            URI uri = URI.create(text);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null) {
                return scheme + text.substring(scheme.length());
            }
        } catch (IllegalArgumentException e) {
            // said below, without what the parser says of it
        }
        throw new ParameterException(
                spec.commandLine(), option + ": '" + text + "' is not a URL such as http://127.0.0.1:3000.");
    }

    private DatabaseConfig database() {
        @Nullable String text = databaseUrl == null ? environment.apply(DATABASE_VARIABLE) : databaseUrl;
        if (text == null || text.isBlank()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--database-url is missing, and " + DATABASE_VARIABLE + " is not set; or give --offline.");
        }
        DatabaseUrl.Result read = DatabaseUrl.parse(text, Path.of(""));
        if (read instanceof DatabaseUrl.Bad bad) {
            throw new ParameterException(spec.commandLine(), "the database's URL: " + bad.why());
        }
        return ((DatabaseUrl.Ok) read).config();
    }

    private boolean write(Draft draft) {
        PrintWriter err = spec.commandLine().getErr();
        if (output.equals("-")) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(draft.yaml());
            out.flush();
        } else {
            try {
                Files.writeString(
                        Path.of(output),
                        draft.yaml(),
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        force ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.CREATE_NEW);
            } catch (FileAlreadyExistsException e) {
                complain(output + " is there already: choose another name with -o, or --force.");
                return false;
            } catch (IOException e) {
                complain(output + " cannot be written: " + e.getMessage());
                return false;
            }
            err.println("Wrote " + output + ".");
        }
        draft.remarks().forEach(remark -> err.println("- " + remark));
        String file = output.equals("-") ? "sessiongate.yaml" : output;
        String unset = String.join(
                ", ",
                draft.variables().stream()
                        .filter(variable -> environment.apply(variable) == null)
                        .toList());
        err.println("Next" + (unset.isEmpty() ? "" : ", with " + unset + " set as the application has it") + ":");
        err.println("  sessiongate check -c " + file);
        err.println("  sessiongate doctor -c " + file);
        err.println("  sessiongate run -c " + file);
        err.flush();
        return true;
    }

    private void complain(String sentence) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("init: " + sentence);
        err.flush();
    }
}
