package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** What a connection is opened with, but for the address and the login. */
final class PgSettings {

    private PgSettings() {}

    /**
     * The start-up parameters, the whole of them: the driver's own would include {@code extra_float_digits}, which a pooler
     * rejects. A pooler in transaction mode takes none that changes how statements run.
     */
    static Map<String, String> startupParameters(DatabaseConfig database, Duration queryTimeout) {
        Map<String, String> parameters = new HashMap<>();
        if (!database.pgbouncer()) {
            parameters.putAll(database.serverOptions());
            if (database.schema() != null) {
                parameters.put("search_path", PgLookup.quoted(database.schema()));
            }
            // Last, so that nothing configured lifts it; zero would mean none.
            parameters.put("statement_timeout", Long.toString(Math.max(1, queryTimeout.toMillis())));
        }
        parameters.put("application_name", database.applicationName());
        parameters.put("client_encoding", "UTF8");
        return parameters;
    }

    /**
     * The same way in for what is best done soon or not at all: it waits half a second for a lock, unless the URL says
     * otherwise, or there is a pooler that takes no such setting.
     */
    static DatabaseConfig impatient(DatabaseConfig database) {
        Map<String, String> options = new HashMap<>(database.serverOptions());
        options.putIfAbsent("lock_timeout", "500");
        return new DatabaseConfig(
                database.host(),
                database.port(),
                database.database(),
                database.user(),
                database.password(),
                database.tls(),
                database.connectionLimit(),
                database.poolTimeout(),
                database.connectTimeout(),
                database.schema(),
                database.pgbouncer(),
                database.applicationName(),
                options,
                database.warnings());
    }

    /** Whether TLS is tried at all; a Unix socket has none. */
    static boolean isTlsWanted(DatabaseConfig database) {
        return database.tls().mode() != Tls.Mode.DISABLE && !database.host().startsWith("/");
    }

    /** Who is believed, and whether the name in the certificate has to be the host's. */
    static ClientSSLOptions trust(Tls tls) {
        ClientSSLOptions options = new ClientSSLOptions().setTrustAll(!tls.verify());
        options.setHostnameVerificationAlgorithm(tls.verify() ? "HTTPS" : "");
        if (tls.verify() && tls.rootCertificatePath() != null) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(tls.rootCertificatePath()));
        }
        return options;
    }
}
