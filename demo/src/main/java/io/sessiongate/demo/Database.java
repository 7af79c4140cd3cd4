package io.sessiongate.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/** The application's one pool of connections, for all it asks, as applications have it. Thread-safe. */
final class Database implements AutoCloseable {

    private final HikariDataSource pool;
    private final String exhausted;

    Database(DemoOptions options) {
        var config = new HikariConfig();
        DatabaseAddress.parse(options.databaseUrl()).configure(config);
        config.setPoolName("dashboard");
        config.setMaximumPoolSize(options.poolSize());
        // Opened as they are needed, as Prisma does.
        config.setMinimumIdle(1);
        config.setConnectionTimeout(options.poolTimeout().toMillis());
        pool = new HikariDataSource(config);
        exhausted = "Timed out fetching a new connection from the connection pool. More info:"
                + " http://pris.ly/d/connection-pool (Current connection pool timeout: "
                + options.poolTimeout().toSeconds() + ", connection limit: " + options.poolSize() + ")";
    }

    /** A connection of the pool; waits for one as long as the options say. */
    Connection connect() throws SQLException {
        try {
            return pool.getConnection();
        } catch (SQLTransientConnectionException e) {
            throw new PoolTimeoutException(exhausted, e);
        }
    }

    /** How the pool is used at this moment. */
    PoolUse use() {
        var bean = pool.getHikariPoolMXBean();
        return new PoolUse(pool.getMaximumPoolSize(), bean.getActiveConnections(), bean.getThreadsAwaitingConnection());
    }

    record PoolUse(int size, int inUse, int waiting) {}

    /** No connection came free in time; the message is the one Prisma gives with its code P2024. */
    static final class PoolTimeoutException extends SQLException {
        private static final long serialVersionUID = 1L;

        PoolTimeoutException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
