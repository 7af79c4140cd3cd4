package io.sessiongate.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions live and how often they are asked about.
 *
 * @param database connection and pool settings, from a URL in Prisma's form
 * @param replicas read replicas of it, asked in its place
 * @param maxLag how far a replica may be behind
 * @param lookup how a batch of ids becomes SQL
 * @param touch where the time of last use is written, or null
 * @param closeAtExpiry whether an open stream ends with its token
 * @param queryTimeout end of a query, on the server as well
 * @param maxWaiting sessions that may wait for a check; the next is answered as unavailable
 * @param cacheSize sessions remembered
 * @param unknown bounds on values that are no session, where tokens are opaque; else null
 * @param renew how sessions are prolonged, or null where that is the application's
 */
public record SessionConfig(
        DatabaseConfig database,
        List<DatabaseConfig> replicas,
        Duration maxLag,
        Lookup lookup,
        CheckConfig check,
        RevocationConfig revocations,
        @Nullable Touch touch,
        boolean closeAtExpiry,
        Duration queryTimeout,
        int maxWaiting,
        int cacheSize,
        @Nullable UnknownConfig unknown,
        @Nullable RenewConfig renew) {

    public SessionConfig {
        replicas = List.copyOf(replicas);
    }

    /** With tokens that say more than their session. */
    public SessionConfig(
            DatabaseConfig database,
            List<DatabaseConfig> replicas,
            Duration maxLag,
            Lookup lookup,
            CheckConfig check,
            RevocationConfig revocations,
            @Nullable Touch touch,
            boolean closeAtExpiry,
            Duration queryTimeout,
            int maxWaiting,
            int cacheSize) {
        this(
                database,
                replicas,
                maxLag,
                lookup,
                check,
                revocations,
                touch,
                closeAtExpiry,
                queryTimeout,
                maxWaiting,
                cacheSize,
                null,
                null);
    }

    /** Whether all logins of a user are one session, which somebody's word on one of them must not end. */
    public boolean sharesSessions() {
        return lookup instanceof Lookup.Version;
    }

    /** One database, nothing pushed but by the header, nothing touched; streams end with their token. */
    public SessionConfig(
            DatabaseConfig database,
            Lookup lookup,
            CheckConfig check,
            Duration queryTimeout,
            int maxWaiting,
            int cacheSize) {
        this(
                database,
                List.of(),
                Duration.ofSeconds(5),
                lookup,
                check,
                RevocationConfig.DEFAULT,
                null,
                true,
                queryTimeout,
                maxWaiting,
                cacheSize);
    }

    /**
     * The time of last use, written to the primary.
     *
     * @param column {@code timestamp} (written in UTC) or {@code timestamptz} column of the table
     * @param every at most once in this time for a session
     */
    public record Touch(String column, Duration every) {}

    /** How a batch of ids becomes SQL. */
    public sealed interface Lookup {

        /** What a check brings along, by name, in a fixed order. */
        Map<String, AttributeColumn> attributes();

        /**
         * A table with named columns; every name is quoted as an identifier.
         *
         * @param table parts of the name, one or two: {@code [schema,] table}
         * @param subject column compared with the token's subject, or null
         * @param expires {@code timestamp} (read as UTC) or {@code timestamptz} column, or null
         * @param revoked boolean (true is revoked) or timestamp (set is revoked) column, or null
         * @param roles column of roles (text or text[]) that count in place of the token's, or null
         * @param users the table of users, or null; where there is one there is a subject column
         */
        record Table(
                List<String> table,
                String id,
                @Nullable String subject,
                @Nullable String expires,
                @Nullable String revoked,
                @Nullable AttributeColumn roles,
                @Nullable Users users,
                Map<String, AttributeColumn> attributes)
                implements Lookup {
            public Table {
                table = List.copyOf(table);
                attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
            }

            /** A table of sessions alone, which bring nothing along. */
            public Table(
                    List<String> table,
                    String id,
                    @Nullable String subject,
                    @Nullable String expires,
                    @Nullable String revoked) {
                this(table, id, subject, expires, revoked, null, null, Map.of());
            }
        }

        /**
         * The table of users, joined by the sessions' subject: a session whose user is missing or disabled is revoked.
         *
         * @param table parts of the name, one or two
         * @param disabled boolean (true is disabled) or timestamp (set is disabled) column, or null
         */
        record Users(
                List<String> table, String id, @Nullable String disabled) {
            public Users {
                table = List.copyOf(table);
            }
        }

        /**
         * The user's own statement with one parameter {@code $1}, an array of ids as text, and columns named
         * {@code id} and, where wanted, {@code subject}, {@code expires}, {@code revoked}, {@code roles}, and those of the
         * attributes.
         *
         * @param needsSubject whether it has to return a subject, as the token has none
         */
        record Query(String sql, Map<String, AttributeColumn> attributes, boolean needsSubject) implements Lookup {
            public Query {
                attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
            }

            /** Of tokens that have a subject. */
            public Query(String sql, Map<String, AttributeColumn> attributes) {
                this(sql, attributes, false);
            }

            /** A statement that brings nothing along. */
            public Query(String sql) {
                this(sql, Map.of());
            }
        }

        /**
         * No sessions but a number in the user's row, which a token must carry: another number there ends all tokens with this
         * one. A session is then whatever has the same user and number.
         *
         * @param table parts of the name, one or two
         * @param column whole number, text or uuid; a user without one has no sessions
         * @param claim of the token, with the same value
         * @param disabled boolean (true is disabled) or timestamp (set is disabled) column, or null
         * @param roles column of roles that count in place of the token's, or null
         */
        record Version(
                List<String> table,
                String id,
                String column,
                String claim,
                @Nullable String disabled,
                @Nullable AttributeColumn roles,
                Map<String, AttributeColumn> attributes)
                implements Lookup {
            public Version {
                table = List.copyOf(table);
                attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
            }
        }

        /**
         * No sessions but the ids of those that were revoked: any other is live.
         *
         * @param table parts of the name, one or two
         * @param claim of the token that is looked for
         */
        record Denylist(List<String> table, String id, String claim) implements Lookup {
            public Denylist {
                table = List.copyOf(table);
            }

            @Override
            public Map<String, AttributeColumn> attributes() {
                return Map.of();
            }
        }
    }
}
