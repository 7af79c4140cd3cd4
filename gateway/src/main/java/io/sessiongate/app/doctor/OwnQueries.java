package io.sessiongate.app.doctor;

import io.sessiongate.app.doctor.DatabaseView.Refused;
import io.sessiongate.config.SessionConfig.Lookup;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether the application still asks about sessions itself: calls of reading statements that name the table and are not the
 * gateway's, counted by pg_stat_statements at two times.
 */
final class OwnQueries {

    private static final String FIX = "delete the session query of every request; the gateway has answered it";

    private final DatabaseView view;
    private final List<String> tables;
    private final Duration watch;
    private final boolean ofUsers;
    private @Nullable String counters;
    private long begunNanos;
    private long before;

    /**
     * @param relations what the session statement reads
     */
    OwnQueries(DatabaseView view, Lookup lookup, Collection<String> relations, Duration watch) {
        this.view = view;
        this.watch = watch;
        this.ofUsers = lookup instanceof Lookup.Version;
        this.tables = lookup instanceof Lookup.Table table
                ? List.of(table.table().get(table.table().size() - 1))
                : relations.stream()
                        .map(name -> name.substring(name.indexOf("\".\"") + 3, name.length() - 1))
                        .toList();
    }

    /** Counts for the first time. Null where it can be counted again, or why not. */
    @Nullable Seen begin() throws Refused, InterruptedException {
        if (ofUsers) {
            return Seen.skipped("the table of users is read for much else than sessions", null);
        }
        if (watch.isZero()) {
            return Seen.skipped("not watched (--watch 0s)", null);
        }
        if (tables.isEmpty()) {
            return Seen.skipped("which tables to watch is not known", null);
        }
        List<List<@Nullable String>> found = view.rows("select quote_ident(n.nspname) from pg_extension e"
                + " join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'");
        if (found.isEmpty()) {
            return Seen.skipped(
                    "pg_stat_statements is not installed", "to have it counted: create extension pg_stat_statements");
        }
        counters = found.get(0).get(0) + ".pg_stat_statements";
        try {
            if (!view.value("select count(*) from " + counters + " where query = '<insufficient privilege>'")
                    .equals("0")) {
                return Seen.skipped(
                        "statements of others are hidden from this role",
                        "to have them counted: grant pg_read_all_stats");
            }
            before = count();
        } catch (Refused e) {
            return Seen.skipped("pg_stat_statements cannot be read: " + e.getMessage(), null);
        }
        begunNanos = System.nanoTime();
        return null;
    }

    /** Counts again once the time is over, which this waits for. */
    Seen end(Pause pause) throws Refused, InterruptedException {
        pause.await(watch.minusNanos(System.nanoTime() - begunNanos));
        long calls = count() - before;
        String saw = calls + " of the application's own session queries in " + watch.toSeconds() + " s";
        return calls > 0 ? Seen.warn(saw, FIX) : Seen.ok(saw);
    }

    /** Waiting, without a thread that sleeps. */
    interface Pause {
        void await(Duration time) throws InterruptedException;
    }

    private long count() throws Refused, InterruptedException {
        long calls = 0;
        for (String table : tables) {
            // Ours begin as PgLookup has them begin, in a check and in a look at the columns.
            calls += Long.parseLong(view.value(
                    "select coalesce(sum(calls), 0)::bigint from " + counters
                            + " where dbid = (select oid from pg_database where datname = current_database())"
                            + " and lower(query) ~ '^\\s*(select|with)\\M'"
                            + " and lower(query) ~ ('(^|[^a-z0-9_])' || regexp_replace($1::text, '([^a-z0-9_])',"
                            + " '\\\\\\1', 'g') || '($|[^a-z0-9_])')"
                            + " and query not like 'select s.id::text, %' and query not like 'select t.\"%'",
                    table.toLowerCase(Locale.ROOT)));
        }
        return calls;
    }
}
