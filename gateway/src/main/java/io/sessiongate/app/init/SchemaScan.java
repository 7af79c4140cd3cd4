package io.sessiongate.app.init;

import io.sessiongate.app.init.FoundTable.FoundColumn;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.session.PostgresConsole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads from PostgreSQL's catalog which tables there are; looks at no row of them. */
public final class SchemaScan {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** An application with more tables than this has another way of being told where its sessions are. */
    private static final int MOST_COLUMNS = 20_000;

    private static final String COLUMNS = """
            select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              has_table_privilege(c.oid, 'select')::text,
              exists (select 1 from pg_index i
                where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indkey[0] = a.attnum)::text
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relkind in ('r', 'p') and not c.relispartition
              and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
              and has_schema_privilege(n.oid, 'usage')
            order by n.nspname, c.relname, a.attnum
            limit\s""" + MOST_COLUMNS;

    private SchemaScan() {}

    /** It could not be looked at. */
    public static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String message) {
            super(message);
        }
    }

    /**
     * Connects, reads, and closes; at most about 20 s.
     *
     * @throws Failure with a sentence that holds no credential
     */
    public static List<FoundTable> tables(DatabaseConfig database) throws Failure, InterruptedException {
        CompletableFuture<PostgresConsole> opening = PostgresConsole.open(database, LIMIT);
        try (PostgresConsole console = await(opening)) {
            return tables(await(console.ask(COLUMNS)).rows());
        } catch (Failure e) {
            var unused = opening.thenAccept(PostgresConsole::close); // should it come after all
            throw e;
        }
    }

    private static List<FoundTable> tables(List<List<@Nullable String>> rows) {
        Map<List<String>, FoundTable> tables = new LinkedHashMap<>();
        Map<List<String>, List<FoundColumn>> columns = new LinkedHashMap<>();
        for (List<@Nullable String> row : rows) {
            List<String> values = row.stream().map(Objects::toString).toList();
            List<String> name = values.subList(0, 2);
            columns.computeIfAbsent(name, unused -> new ArrayList<>())
                    .add(new FoundColumn(
                            values.get(2), values.get(3), values.get(5).equals("true")));
            tables.putIfAbsent(
                    name, new FoundTable(name.get(0), name.get(1), values.get(4).equals("true"), List.of()));
        }
        List<FoundTable> found = new ArrayList<>(tables.size());
        tables.forEach((name, table) -> found.add(new FoundTable(
                table.schema(), table.name(), table.readable(), Objects.requireNonNull(columns.get(name)))));
        return found;
    }

    private static <T> T await(CompletableFuture<T> future) throws Failure, InterruptedException {
        try {
            return future.get(2 * LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String message = cause == null ? null : cause.getMessage();
            throw new Failure(message == null ? "it could not be asked" : message);
        } catch (TimeoutException e) {
            throw new Failure("no answer within " + 2 * LIMIT.toSeconds() + " s");
        }
    }
}
