package io.sessiongate.benchmarks.before;

import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Session queries as PostgreSQL counted them.
 *
 * @param statements executed
 * @param rows returned by them: sessions looked up, of which one statement of the gateway may carry several
 */
public record StatementCount(long statements, long rows) {

    /** Since the last reset, of the application and the gateway together: each marks or names what it asks. */
    static StatementCount read(EmbeddedDatabase database) throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.OWNER);
                var select = connection.prepareStatement("""
                        SELECT coalesce(sum(s.calls), 0)::bigint, coalesce(sum(s.rows), 0)::bigint
                        FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
                        WHERE r.rolname = 'dashboard' AND s.query LIKE '%/* session */%'
                           OR r.rolname = 'sessiongate' AND s.query ILIKE '%sessions%ANY%'""");
                var row = select.executeQuery()) {
            row.next();
            return new StatementCount(row.getLong(1), row.getLong(2));
        }
    }

    /** The server's first process, parent of all others. */
    public static ProcessHandle postmaster(EmbeddedDatabase database) throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.OWNER);
                var select = connection.prepareStatement("SELECT pg_backend_pid()");
                var row = select.executeQuery()) {
            row.next();
            return ProcessHandle.of(row.getLong(1))
                    .flatMap(ProcessHandle::parent)
                    .orElseThrow(() -> new SQLException("the server's processes cannot be seen from here"));
        }
    }
}
