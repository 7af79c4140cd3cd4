package io.sessiongate.cli;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseUrl;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.PostgresConsole;
import io.sessiongate.session.RevocationSql;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints or runs the SQL by which PostgreSQL tells of ended sessions. Printed, it is all there is on standard output. */
@Command(
        name = "install-revocations",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Has PostgreSQL tell the gateways when a live session ends: prints the SQL of the triggers,",
            "or runs it. May be repeated; what an older configuration installed is replaced.",
            "",
            "Example:",
            "  sessiongate install-revocations -c sessiongate.yaml | psql -v ON_ERROR_STOP=1 \"$OWNER_URL\"",
            "  sessiongate install-revocations -c sessiongate.yaml --apply --url \"$OWNER_URL\"",
            "",
            "Whoever runs it must own the tables: the gateway's own role, which need only read, usually does not.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the SQL was printed or run",
            "1:PostgreSQL refused it, or could not be reached",
            "2:wrong command line",
            "3:the configuration is not valid, or names no channel"
        })
final class InstallRevocationsCommand implements Callable<Integer> {

    /** The SQL itself waits five seconds for the table at most. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Mixin
    private ConfigOption config;

    @Option(names = "--realm", paramLabel = "NAME", description = "Only this realm (default: all that name a channel).")
    private @Nullable String realm;

    @Option(names = "--apply", description = "Run it instead of printing it.")
    private boolean apply;

    @Option(names = "--uninstall", description = "The SQL that removes it.")
    private boolean uninstall;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Where to run it, as the tables' owner (default: listen-on, or else the database).")
    private @Nullable String url;

    @ArgGroup(exclusive = false, heading = "%nFor a realm that has a query and not a table:%n")
    private @Nullable InstallRevocationsTable table;

    @Spec
    private CommandSpec spec;

    /** The SQL of one realm and where it would be run. */
    private record Work(String realm, RevocationSql sql, DatabaseConfig database) {}

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        @Nullable GatewayConfig loaded = config.load(err);
        if (loaded == null) {
            return ExitCode.CONFIGURATION;
        }
        List<Work> work = new ArrayList<>();
        for (RealmConfig each : RealmChoice.of(spec.commandLine(), loaded, realm)) {
            String channel = each.session().revocations().channel();
            if (channel == null) {
                err.println("Realm " + each.name() + " names no channel: set session.revocations.channel, such as"
                        + " sessiongate_revoked.");
            } else {
                work.add(work(each, channel));
            }
        }
        err.flush();
        if (work.isEmpty()) {
            return ExitCode.CONFIGURATION;
        }
        return apply ? run(work) : print(work);
    }

    private Work work(RealmConfig each, String channel) {
        SessionConfig session = each.session();
        DatabaseConfig direct = session.revocations().listenOn();
        return new Work(
                each.name(),
                RevocationSql.of(each.name(), lookup(each), session.database().schema(), channel),
                url != null ? parse(url) : direct != null ? direct : session.database());
    }

    private Lookup lookup(RealmConfig each) {
        Lookup known = each.session().lookup();
        if (!(known instanceof Lookup.Query)) {
            if (table != null) {
                throw new ParameterException(
                        spec.commandLine(), "Realm " + each.name() + " names its table itself; drop --table.");
            }
            return known;
        }
        if (table == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Realm " + each.name() + " has a query, which does not say where sessions are; give --table,"
                            + " --id, and what else there is of --subject, --expires, --revoked.");
        }
        return table.lookup(spec.commandLine());
    }

    private DatabaseConfig parse(String text) {
        DatabaseUrl.Result read = DatabaseUrl.parse(text, Path.of(""));
        if (read instanceof DatabaseUrl.Bad bad) {
            throw new ParameterException(spec.commandLine(), "--url: " + bad.why());
        }
        return ((DatabaseUrl.Ok) read).config();
    }

    private String sql(Work each) {
        return uninstall ? each.sql().uninstall() : each.sql().install();
    }

    private int print(List<Work> work) {
        PrintWriter out = spec.commandLine().getOut();
        work.forEach(each -> out.print(sql(each)));
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println("Nothing was changed: pipe this into psql as the owner of the tables, or add --apply.");
        err.flush();
        return ExitCode.OK;
    }

    private int run(List<Work> work) throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        for (Work each : work) {
            try {
                run(each.database(), sql(each));
            } catch (ExecutionException | TimeoutException e) {
                Throwable cause = e.getCause();
                err.println("Realm " + each.realm() + ": "
                        + (cause == null
                                ? "no answer in time; doctor says what was done."
                                : "nothing was changed. " + cause.getMessage()));
                err.flush();
                return ExitCode.FAILED;
            }
            each.sql()
                    .expected()
                    .forEach(on -> err.println("Realm " + each.realm() + ": "
                            + (uninstall ? "removed from " : "installed on ") + on.table() + "."));
            err.flush();
        }
        return ExitCode.OK;
    }

    private static void run(DatabaseConfig database, String sql)
            throws ExecutionException, TimeoutException, InterruptedException {
        try (PostgresConsole console = await(
                PostgresConsole.open(database, LIMIT), database.connectTimeout().plus(LIMIT))) {
            var unused = await(console.script(sql), LIMIT.multipliedBy(2));
        }
    }

    private static <T> T await(Future<T> future, Duration limit)
            throws ExecutionException, TimeoutException, InterruptedException {
        return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }
}
