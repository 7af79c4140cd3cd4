package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a PostgreSQL for commands that ask it about itself or change its schema, apart from every pool. Safe on
 * any thread; nothing blocks but {@link #close}. Futures complete on the console's loop: do not block in what depends on them.
 *
 * <p>One statement at a time: a second before the first has ended fails at once. Each ends within its limit and 1.25 s. A
 * failed future holds a {@link Failure}, whose message carries no credentials and no values of rows.
 */
public final class PostgresConsole implements AutoCloseable {

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final VertxCheckLoop loop;
    private final DatabaseConfig database;
    private final PgDeadline statements;
    private final int announcedProcess;
    /** Confined to the loop. */
    private boolean busy;

    /**
     * What a statement returned, as text; a value is null where it is null.
     *
     * @param columns name and PostgreSQL's type, in capitals
     * @param affected rows written, or returned; without meaning for a statement that does neither
     */
    public record Table(List<Column> columns, List<List<@Nullable String>> rows, int affected) {}

    /** A column of a table. */
    public record Column(String name, String type) {}

    /**
     * How sessions are looked up here.
     *
     * @param sql the statement of a check, with one parameter
     * @param parameterType of that parameter: {@code text[]}, {@code uuid[]} or {@code bigint[]}
     * @param columns types of the columns it reads, by what they are to the gateway: {@code id}, {@code subject}, …
     */
    public record Look(String sql, String parameterType, Map<String, String> columns) {}

    /** PostgreSQL or the way to it said no. */
    public static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        private final @Nullable String sqlState;

        Failure(String message, @Nullable String sqlState) {
            super(message);
            this.sqlState = sqlState;
        }

        /** PostgreSQL's code, or null where it was not PostgreSQL that failed. */
        public @Nullable String sqlState() {
            return sqlState;
        }
    }

    private PostgresConsole(VertxCheckLoop loop, DatabaseConfig database, PgLink link, Duration limit) {
        this.loop = loop;
        this.database = database;
        this.announcedProcess = link.announcedProcess();
        this.statements = new PgDeadline(link, loop, limit.toNanos());
    }

    /**
     * Connects, within the URL's connect timeout.
     *
     * @param limit of each statement, on the server as well
     */
    public static CompletableFuture<PostgresConsole> open(DatabaseConfig database, Duration limit) {
        CompletableFuture<PostgresConsole> console = new CompletableFuture<>();
        VertxCheckLoop loop = VertxCheckLoop.start();
        PgLinks links = new PgLinks(database, limit, loop);
        loop.execute(() -> links.open(opened -> {
            if (opened instanceof PgLink.Opened.Open open) {
                console.complete(new PostgresConsole(loop, database, open.link(), limit));
            } else if (opened instanceof PgLink.Opened.Refused refused) {
                var unused = loop.close();
                console.completeExceptionally(new Failure(refused.message(), null));
            }
        }));
        return console;
    }

    /**
     * Runs one statement.
     *
     * @param parameters {@code String}, {@code Long}, or an array of {@code String}, {@code Long} or {@code UUID}
     */
    public CompletableFuture<Table> ask(String sql, Object... parameters) {
        return this.<Table>begin((then, result) -> statements.run(sql, List.of(parameters), answer -> {
            if (answer instanceof PgAnswer.Done done) {
                then.accept(() -> result.complete(table(done.table())));
            } else {
                then.accept(() -> fail(result, answer));
            }
        }));
    }

    /** Runs statements one after the other, in one transaction unless they say otherwise; a table for each. */
    public CompletableFuture<List<Table>> script(String sql) {
        return this.<List<Table>>begin((then, result) -> statements.script(sql, answer -> {
            if (answer instanceof PgAnswer.Done done) {
                then.accept(() -> result.complete(
                        done.tables().stream().map(PostgresConsole::table).toList()));
            } else {
                then.accept(() -> fail(result, answer));
            }
        }));
    }

    /** Whether a pooler stands between: who runs statements is not who answered the login. */
    public CompletableFuture<Boolean> isPooled() {
        return ask("select pg_backend_pid()")
                .thenApply(table -> !Integer.toString(announcedProcess)
                        .equals(table.rows().get(0).get(0)));
    }

    /** Looks at the columns of a lookup as the gateway does when it connects; fails where it would be refused. */
    public CompletableFuture<Look> look(Lookup lookup) {
        PgLookup prepared = PgLookup.of(lookup, database.schema());
        return this.<Look>begin((then, result) -> new PgLook(statements, prepared).begin(seen -> {
            if (seen instanceof PgLook.Result.Usable usable) {
                String type = usable.check().parameter().name().toLowerCase(java.util.Locale.ROOT) + "[]";
                then.accept(() -> result.complete(new Look(usable.check().sql(), type, usable.columns())));
            } else if (seen instanceof PgLook.Result.Unusable unusable) {
                then.accept(() -> result.completeExceptionally(new Failure(unusable.message(), null)));
            }
        }));
    }

    /** What is run on the loop; it hands over how the future is to be completed, once the next statement may begin. */
    private interface Work<T> {
        void begin(Consumer<Runnable> then, CompletableFuture<T> result);
    }

    private <T> CompletableFuture<T> begin(Work<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            if (busy) {
                result.completeExceptionally(new IllegalStateException("a statement is under way"));
                return;
            }
            busy = true;
            work.begin(
                    completion -> {
                        busy = false;
                        completion.run();
                    },
                    result);
        });
        return result;
    }

    private static void fail(CompletableFuture<?> result, PgAnswer answer) {
        if (answer instanceof PgAnswer.Failed failed) {
            PgFailure reported = failed.reported();
            result.completeExceptionally(new Failure(failed.message(), reported == null ? null : reported.sqlState()));
        }
    }

    private static Table table(PgTable read) {
        List<List<@Nullable String>> rows = new ArrayList<>(read.rows().size());
        for (PgTable.Row row : read.rows()) {
            List<@Nullable String> values = new ArrayList<>(read.columns().size());
            for (int i = 0; i < read.columns().size(); i++) {
                values.add(row.shown(i));
            }
            rows.add(values);
        }
        return new Table(
                read.columns().stream()
                        .map(column -> new Column(column.name(), column.type()))
                        .toList(),
                rows,
                read.affected());
    }

    /** Closes the connection, whatever is under way; usually within a few milliseconds, at most five seconds. */
    @Override
    public void close() {
        loop.close(CLOSE_LIMIT);
    }
}
