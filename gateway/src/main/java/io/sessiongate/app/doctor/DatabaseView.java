package io.sessiongate.app.doctor;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.PostgresConsole;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A connection that is asked and waited for, each time within the deadline. For one thread that may block. */
final class DatabaseView implements AutoCloseable {

    /** For what the console's own deadlines need to be noticed. */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private final DatabaseConfig database;
    private final PostgresConsole console;
    private final Duration deadline;

    /** PostgreSQL, or the way to it, said no; the message carries no credentials and no values. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final @Nullable String sqlState;

        Refused(String message, @Nullable String sqlState) {
            super(message);
            this.sqlState = sqlState;
        }

        @Nullable String sqlState() {
            return sqlState;
        }
    }

    private DatabaseView(DatabaseConfig database, PostgresConsole console, Duration deadline) {
        this.database = database;
        this.console = console;
        this.deadline = deadline;
    }

    static DatabaseView open(DatabaseConfig database, Duration deadline) throws Refused, InterruptedException {
        CompletableFuture<PostgresConsole> opening = PostgresConsole.open(impatient(database, deadline), deadline);
        try {
            return new DatabaseView(database, await(opening, deadline), deadline);
        } catch (Refused e) {
            var unused = opening.thenAccept(PostgresConsole::close); // should it come after all
            throw e;
        }
    }

    private static DatabaseConfig impatient(DatabaseConfig database, Duration deadline) {
        return database.connectTimeout().compareTo(deadline) <= 0
                ? database
                : new DatabaseConfig(
                        database.host(),
                        database.port(),
                        database.database(),
                        database.user(),
                        database.password(),
                        database.tls(),
                        database.connectionLimit(),
                        database.poolTimeout(),
                        deadline,
                        database.schema(),
                        database.pgbouncer(),
                        database.applicationName(),
                        database.serverOptions(),
                        database.warnings());
    }

    DatabaseConfig database() {
        return database;
    }

    List<List<@Nullable String>> rows(String sql, Object... parameters) throws Refused, InterruptedException {
        return await(console.ask(sql, parameters), deadline).rows();
    }

    /** The one row of a statement that returns one. */
    List<@Nullable String> row(String sql, Object... parameters) throws Refused, InterruptedException {
        List<List<@Nullable String>> rows = rows(sql, parameters);
        if (rows.size() != 1) {
            throw new Refused("PostgreSQL returned " + rows.size() + " rows where one was expected", null);
        }
        return rows.get(0);
    }

    /** The first column of that row; null reads as an empty text. */
    String value(String sql, Object... parameters) throws Refused, InterruptedException {
        String value = row(sql, parameters).get(0);
        return value == null ? "" : value;
    }

    PostgresConsole.Look look(Lookup lookup) throws Refused, InterruptedException {
        return await(console.look(lookup), deadline.multipliedBy(2));
    }

    boolean isPooled() throws Refused, InterruptedException {
        return await(console.isPooled(), deadline);
    }

    private static <T> T await(CompletableFuture<T> future, Duration deadline) throws Refused, InterruptedException {
        try {
            return future.get(deadline.plus(MARGIN).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Refused("no answer within " + deadline.toMillis() + " ms", null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PostgresConsole.Failure failure) {
                throw new Refused(String.valueOf(failure.getMessage()), failure.sqlState());
            }
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        console.close();
    }
}
