package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL and the pool towards it, as read from a URL in Prisma's form.
 *
 * @param host name or address, or the directory of a Unix socket when it starts with {@code /}
 * @param connectionLimit connections open at once, ever
 * @param poolTimeout longest wait of a check for a connection
 * @param connectTimeout longest wait for a connection to be usable, login included
 * @param schema schema of an unqualified table, or null for the server's search path
 * @param pgbouncer whether a pooler in transaction mode stands between
 * @param warnings what was understood and has no effect here, or was not understood: a sentence each, without secrets
 */
public record DatabaseConfig(
        String host,
        int port,
        String database,
        String user,
        Secret password,
        Tls tls,
        int connectionLimit,
        Duration poolTimeout,
        Duration connectTimeout,
        @Nullable String schema,
        boolean pgbouncer,
        String applicationName,
        Map<String, String> serverOptions,
        List<String> warnings) {

    public DatabaseConfig {
        serverOptions = Map.copyOf(serverOptions);
        warnings = List.copyOf(warnings);
    }

    /**
     * TLS towards the server.
     *
     * @param rootCertificatePath PEM file of the authorities believed instead of the system's, or null
     * @param verify whether the server's certificate and name are verified
     */
    public record Tls(Mode mode, boolean verify, @Nullable String rootCertificatePath) {
        /** As {@code sslmode}: never, when the server can, always. */
        public enum Mode {
            DISABLE,
            PREFER,
            REQUIRE
        }
    }
}
