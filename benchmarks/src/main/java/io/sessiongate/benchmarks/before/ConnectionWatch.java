package io.sessiongate.benchmarks.before;

import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.EmbeddedDatabase;
import java.io.Closeable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Watches {@code pg_stat_activity} ten times a second for the most connections each login had open at once. */
final class ConnectionWatch implements Closeable {

    private static final long PERIOD_MILLIS = 100;

    private final Map<String, Integer> most = new ConcurrentHashMap<>();
    private final Connection connection;
    private final Thread thread;

    ConnectionWatch(EmbeddedDatabase database) throws SQLException {
        connection = database.connect(DatabaseRole.OWNER);
        thread = new Thread(this::watch, "connection-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        // A connection that is only just logging in has no name yet.
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT usename, count(*) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND usename IS NOT NULL GROUP BY 1""")) {
            while (!Thread.currentThread().isInterrupted()) {
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        most.merge(rows.getString(1), rows.getInt(2), Math::max);
                    }
                }
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("pg_stat_activity cannot be read", e);
        } catch (InterruptedException e) {
            // Told to stop.
        }
    }

    int most(String login) {
        return most.getOrDefault(login, 0);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
            connection.close();
        } catch (SQLException e) {
            // Nothing hangs on it any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
