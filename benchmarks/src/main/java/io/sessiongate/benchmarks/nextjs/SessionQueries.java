package io.sessiongate.benchmarks.nextjs;

import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Statements that read the table of sessions, as PostgreSQL counted them by the role that made them.
 *
 * @param application those of the application
 * @param gateway those of the gateway
 * @param lookedUp rows that the gateway's returned: sessions, of which one statement may carry several
 */
record SessionQueries(long application, long gateway, long lookedUp) {

    /** Since the last reset. Any statement that names the table counts, whatever it is for. */
    static SessionQueries read(EmbeddedDatabase database) throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.OWNER);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT coalesce(sum(s.calls) FILTER (WHERE r.rolname = 'dashboard'), 0)::bigint,
                               coalesce(sum(s.calls) FILTER (WHERE r.rolname = 'sessiongate'), 0)::bigint,
                               coalesce(sum(s.rows) FILTER (WHERE r.rolname = 'sessiongate'), 0)::bigint
                        FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
                        WHERE s.query LIKE '%"Session"%'""")) {
            row.next();
            return new SessionQueries(row.getLong(1), row.getLong(2), row.getLong(3));
        }
    }
}
