package io.sessiongate.benchmarks.nextjs;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.load.ApacheBench;
import io.sessiongate.benchmarks.load.LoadGenerator;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The same load on the Next.js example that checks each session itself, and on the same one behind the gateway. */
public final class NextjsDashboard {

    private static final int USERS = 50;
    private static final int WARM_UP_USERS = 10;
    private static final int REQUESTS = 1_000;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String STATISTICS = "/api/admin/dashboard-stats";
    private static final String SESSION = "/api/auth/session";

    private final Table table = new Table(
            "load",
            "",
            "requests",
            "good",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "session queries of the application",
            "of the gateway",
            "sessions looked up by it");
    private final List<Object[]> rows = new ArrayList<>();
    private final EmbeddedDatabase database;
    private final Path directory;
    private final Duration paced;

    private NextjsDashboard(EmbeddedDatabase database, Path directory, Duration paced) {
        this.database = database;
        this.directory = directory;
        this.paced = paced;
    }

    /** One load, given the address and the header lines of the users. */
    private interface Load {
        LoadResult run(InetSocketAddress address, List<String> users) throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 0 && !(arguments.length == 2 && arguments[0].equals("--paced-seconds"))) {
            System.err.println("usage: benchmarks/nextjs [--paced-seconds 120]");
            System.exit(2);
        }
        Duration paced = Duration.ofSeconds(arguments.length == 0 ? 120 : Integer.parseInt(arguments[1]));
        System.out.println(Tools.machine());
        System.out.println("Node " + Tools.version(List.of("node", "--version")));
        try (var directory = TemporaryDirectory.create("sessiongate-nextjs-");
                EmbeddedDatabase database = EmbeddedDatabase.start()) {
            Example.fill(database, WARM_UP_USERS + USERS);
            var benchmark = new NextjsDashboard(database, directory.path(), paced);
            benchmark.side(false);
            benchmark.side(true);
            System.out.println();
            System.out.print(benchmark.inPairs());
        }
    }

    private void side(boolean gateway) throws IOException, InterruptedException, SQLException {
        System.err.println(gateway ? "Behind the gateway ..." : "Alone ...");
        try (Example example = Example.start(gateway, database, directory, SessionTokens.randomSecret())) {
            List<String> others = signIn(example, 1, WARM_UP_USERS);
            for (String path : List.of(STATISTICS, SESSION)) {
                LoadGenerator.run(plan(example.address(), path, others, new Pace.During(WARM_UP)));
            }
            String side = gateway ? "gateway" : "alone";
            // Signed in anew for each load, so that the gateway knows none of the sessions when it begins.
            row(
                    "%,d requests, %d at a time, %d users".formatted(REQUESTS, USERS, USERS),
                    side,
                    example,
                    (address, users) -> LoadGenerator.run(plan(address, STATISTICS, users, new Pace.Count(REQUESTS))));
            if (Tools.installed("ab")) {
                row(
                        "ab -n %d -c %d, one user".formatted(REQUESTS, USERS),
                        side,
                        example,
                        (address, users) ->
                                ApacheBench.run(directory, address, STATISTICS, users.get(0), USERS, REQUESTS));
            }
            row(
                    "%,d × %s, %d users".formatted(REQUESTS, SESSION, USERS),
                    side,
                    example,
                    (address, users) -> LoadGenerator.run(plan(address, SESSION, users, new Pace.Count(REQUESTS))));
            row(
                    "%d users, 1 a second each, for %d s".formatted(USERS, paced.toSeconds()),
                    side,
                    example,
                    (address, users) -> LoadGenerator.run(
                            plan(address, STATISTICS, users, new Pace.Every(Duration.ofSeconds(1), paced))));
        }
    }

    private void row(String name, String side, Example example, Load load)
            throws IOException, InterruptedException, SQLException {
        List<String> users = signIn(example, WARM_UP_USERS + 1, WARM_UP_USERS + USERS);
        database.resetStatements();
        LoadResult result = load.run(example.address(), users);
        SessionQueries queries = SessionQueries.read(database);
        rows.add(new Object[] {
            name,
            side,
            result.requests(),
            result.good(),
            number("%,.0f", result.requestsPerSecond()),
            number("%,.1f", result.percentileMillis(50)),
            number("%,.1f", result.percentileMillis(99)),
            queries.application(),
            queries.gateway(),
            queries.lookedUp()
        });
        System.err.println(name + ", " + side + ": " + result.outcomes() + ", " + queries);
    }

    /** Each load's row alone and behind the gateway, one below the other. */
    private Table inPairs() {
        int loads = rows.size() / 2;
        for (int i = 0; i < loads; i++) {
            table.row(rows.get(i));
            table.row(rows.get(i + loads));
        }
        return table;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static List<String> signIn(Example example, int first, int last) throws IOException, InterruptedException {
        var signIn = new SignIn(example.address());
        var users = new ArrayList<String>();
        for (int i = first; i <= last; i++) {
            users.add(signIn.as("user" + i, "password"));
        }
        return users;
    }

    private static LoadPlan plan(InetSocketAddress address, String path, List<String> users, Pace pace) {
        List<byte[]> requests = users.stream()
                .map(header -> LoadPlan.getWith(address, path, header + "\r\n"))
                .toList();
        return new LoadPlan(address, users.size(), requests, pace, DEADLINE);
    }
}
