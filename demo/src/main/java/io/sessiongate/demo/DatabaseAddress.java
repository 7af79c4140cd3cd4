package io.sessiongate.demo;

import com.zaxxer.hikari.HikariConfig;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * {@code postgresql://user:password@host:port/database} as JDBC wants it. Query parameters are Prisma's and not JDBC's,
 * and are left out.
 */
record DatabaseAddress(String jdbcUrl, String user, String password) {

    static DatabaseAddress parse(String url) {
        URI uri = URI.create(url);
        String host = uri.getHost();
        if (host == null || uri.getScheme() == null || !uri.getScheme().startsWith("postgres")) {
            // Not the text itself: it holds a password.
            throw new IllegalArgumentException("expected postgresql://user:password@host:port/database");
        }
        @Nullable String userInfo = uri.getRawUserInfo();
        String[] login = (userInfo == null ? "" : userInfo).split(":", 2);
        int port = uri.getPort() < 0 ? 5432 : uri.getPort();
        return new DatabaseAddress(
                "jdbc:postgresql://" + host + ":" + port + uri.getRawPath(),
                decode(login[0]),
                login.length > 1 ? decode(login[1]) : "");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** A connection of its own, not pooled. */
    Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection(jdbcUrl, properties);
    }

    void configure(HikariConfig pool) {
        pool.setJdbcUrl(jdbcUrl);
        pool.setUsername(user);
        pool.setPassword(password);
    }

    @Override
    public String toString() {
        return jdbcUrl;
    }
}
