package io.sessiongate.session;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.before.StatementCount;
import io.sessiongate.benchmarks.process.ProcessUsage;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.session.CheckConnector.ConnectResult;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Checks a second, and what they cost PostgreSQL and the gateway, one by one and in batches, as fast as they are answered. */
public final class CheckCost {

    private static final int SESSIONS = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final VertxCheckLoop loop = VertxCheckLoop.start();
    private final SplittableRandom random = new SplittableRandom(1);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong checked = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private CheckCost() {}

    /** Measures each way for this long after a warm-up of a quarter of it. */
    public static String measure(EmbeddedDatabase database, Duration length)
            throws IOException, SQLException, InterruptedException {
        try (Connection owner = database.connect(DatabaseRole.APPLICATION);
                Statement statement = owner.createStatement()) {
            statement.execute("create table many (id text primary key, user_id text, expires_at timestamp(3))");
            statement.execute("insert into many select 'session-' || i, 'user-' || i, now() at time zone 'utc'"
                    + " + interval '1 day' from generate_series(0, " + (SESSIONS - 1) + ") i");
            statement.execute("grant select on many to sessiongate");
            statement.execute("analyze many");
        }
        var table = new Table(
                "sessions a query",
                "connections",
                "checks/s",
                "queries/s",
                "PostgreSQL CPU µs a check",
                "gateway CPU µs a check",
                "failed");
        for (int[] way : new int[][] {{1, 4}, {16, 4}, {64, 4}, {256, 4}, {256, 2}}) {
            row(table, database, way[0], way[1], length);
        }
        return table.toString();
    }

    private static void row(Table table, EmbeddedDatabase database, int batch, int connections, Duration length)
            throws IOException, SQLException, InterruptedException {
        CheckCost cost = new CheckCost();
        try {
            for (int i = 0; i < connections; i++) {
                CheckConnection connection = cost.connect(database);
                cost.loop.execute(() -> cost.ask(connection, batch));
            }
            Thread.sleep(length.toMillis() / 4);
            ProcessHandle postmaster = StatementCount.postmaster(database);
            ProcessUsage serverBefore = ProcessUsage.of(postmaster);
            ProcessUsage clientBefore = ProcessUsage.of(ProcessHandle.current());
            long before = cost.checked.get();
            long begun = System.nanoTime();
            Thread.sleep(length.toMillis());
            double checks = cost.checked.get() - before;
            double seconds = (System.nanoTime() - begun) / 1e9;
            double server = ProcessUsage.of(postmaster).since(serverBefore).cpuMicros();
            double client =
                    ProcessUsage.of(ProcessHandle.current()).since(clientBefore).cpuMicros();
            if (ProcessHandle.current().descendants().anyMatch(postmaster::equals)) {
                client -= server; // counted with this process, where PostgreSQL has not detached itself
            }
            table.row(
                    batch,
                    connections,
                    String.format(Locale.ROOT, "%,.0f", checks / seconds),
                    String.format(Locale.ROOT, "%,.0f", checks / seconds / batch),
                    String.format(Locale.ROOT, "%.1f", server / checks),
                    String.format(Locale.ROOT, "%.1f", client / checks),
                    cost.failed.get());
        } finally {
            cost.over.set(true);
            cost.loop.close(Duration.ofSeconds(5));
        }
    }

    private CheckConnection connect(EmbeddedDatabase database) {
        URI url = URI.create(database.url(DatabaseRole.GATEWAY));
        String[] login = url.getUserInfo().split(":", 2);
        var config = new DatabaseConfig(
                url.getHost(),
                url.getPort(),
                url.getPath().substring(1),
                login[0],
                new Secret(login[1]),
                new DatabaseConfig.Tls(DatabaseConfig.Tls.Mode.DISABLE, false, null),
                4,
                PATIENCE,
                PATIENCE,
                null,
                false,
                "sessiongate",
                Map.of(),
                List.of());
        var lookup = new Lookup.Table(List.of("many"), "id", "user_id", "expires_at", null);
        var connected = new CompletableFuture<ConnectResult>();
        loop.execute(() -> new PgConnector(config, lookup, Duration.ofSeconds(5), loop).connect(connected::complete));
        ConnectResult result =
                connected.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (result instanceof ConnectResult.Connected done) {
            return done.connection();
        }
        throw new IllegalStateException(result.toString());
    }

    private void ask(CheckConnection connection, int batch) {
        if (over.get()) {
            return;
        }
        List<String> ids = new ArrayList<>(batch);
        int first = random.nextInt(SESSIONS);
        for (int i = 0; i < batch; i++) {
            // Apart from each other in the index, and distinct.
            ids.add("session-" + (first + i * 317) % SESSIONS);
        }
        connection.check(ids, CheckConnection.ANY_AGE, result -> {
            if (result instanceof CheckResult.Rows rows && rows.rows().size() == batch) {
                checked.addAndGet(batch);
            } else {
                failed.addAndGet(batch);
            }
            // A turn later: the connection is not ready for more within this one.
            loop.later(() -> ask(connection, batch));
        });
    }
}
