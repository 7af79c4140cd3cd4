package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions live and how often they are asked about.
 *
 * @param database connection and pool settings, from a URL in Prisma's form
 * @param lookup how a batch of ids becomes SQL
 * @param queryTimeout end of a query, on the server as well
 * @param maxWaiting sessions that may wait for a check; the next is answered as unavailable
 * @param cacheSize sessions remembered
 */
public record SessionConfig(
        DatabaseConfig database,
        Lookup lookup,
        CheckConfig check,
        Duration queryTimeout,
        int maxWaiting,
        int cacheSize) {

    /** How a batch of ids becomes SQL. */
    public sealed interface Lookup {

        /**
         * A table with named columns; every name is quoted as an identifier.
         *
         * @param table parts of the name, one or two: {@code [schema,] table}
         * @param subject column compared with the token's subject, or null
         * @param expires {@code timestamp} (read as UTC) or {@code timestamptz} column, or null
         * @param revoked boolean (true is revoked) or timestamp (set is revoked) column, or null
         */
        record Table(
                List<String> table,
                String id,
                @Nullable String subject,
                @Nullable String expires,
                @Nullable String revoked)
                implements Lookup {
            public Table {
                table = List.copyOf(table);
            }
        }

        /**
         * The user's own statement with one parameter {@code $1}, an array of ids as text, and columns named
         * {@code id} and, where wanted, {@code subject}, {@code expires}, {@code revoked}.
         */
        record Query(String sql) implements Lookup {}
    }
}
