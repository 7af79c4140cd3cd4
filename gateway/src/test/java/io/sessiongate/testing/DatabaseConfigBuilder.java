package io.sessiongate.testing;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way to a database: the superuser's, without TLS, four connections, five seconds to connect, unless told else. */
public final class DatabaseConfigBuilder {

    private String host = "127.0.0.1";
    private int port;
    private String database = "postgres";
    private String user = TestPostgres.USER;
    private String password = "";
    private Tls tls = new Tls(Tls.Mode.DISABLE, false, null);
    private int connectionLimit = 4;
    private Duration poolTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(5);
    private @Nullable String schema;
    private boolean pgbouncer;
    private String application = TestPostgres.APPLICATION;
    private Map<String, String> serverOptions = Map.of();

    public DatabaseConfigBuilder(int port) {
        this.port = port;
    }

    public DatabaseConfigBuilder host(String value) {
        host = value;
        return this;
    }

    public DatabaseConfigBuilder port(int value) {
        port = value;
        return this;
    }

    public DatabaseConfigBuilder database(String value) {
        database = value;
        return this;
    }

    public DatabaseConfigBuilder user(String value) {
        user = value;
        return this;
    }

    public DatabaseConfigBuilder password(String value) {
        password = value;
        return this;
    }

    public DatabaseConfigBuilder tls(Tls value) {
        tls = value;
        return this;
    }

    public DatabaseConfigBuilder connectionLimit(int value) {
        connectionLimit = value;
        return this;
    }

    public DatabaseConfigBuilder poolTimeout(Duration value) {
        poolTimeout = value;
        return this;
    }

    public DatabaseConfigBuilder connectTimeout(Duration value) {
        connectTimeout = value;
        return this;
    }

    public DatabaseConfigBuilder schema(String value) {
        schema = value;
        return this;
    }

    public DatabaseConfigBuilder pgbouncer(boolean value) {
        pgbouncer = value;
        return this;
    }

    public DatabaseConfigBuilder application(String value) {
        application = value;
        return this;
    }

    public DatabaseConfigBuilder serverOptions(Map<String, String> value) {
        serverOptions = value;
        return this;
    }

    public DatabaseConfig build() {
        return new DatabaseConfig(
                host,
                port,
                database,
                user,
                new Secret(password),
                tls,
                connectionLimit,
                poolTimeout,
                connectTimeout,
                schema,
                pgbouncer,
                application,
                serverOptions,
                List.of());
    }
}
