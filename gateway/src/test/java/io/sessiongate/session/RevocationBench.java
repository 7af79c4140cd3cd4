package io.sessiongate.session;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.SessionConfig.Lookup.Table;
import io.sessiongate.config.SessionConfig.Lookup.Users;
import io.sessiongate.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A schema of the shared server, a listener on a channel of its own, and an application that ends sessions. In statements
 * {@code @} stands for the schema, {@code LIVE} and {@code OVER} for expiries as UTC without a time zone.
 */
final class RevocationBench implements AutoCloseable {

    static final String REALM = "default";

    private final TestPostgres postgres = TestPostgres.shared();
    private final String schema = postgres.newSchema();
    private final String channel = "channel_" + schema;
    private final Connection listener = postgres.connect("postgres");
    private final Connection application = postgres.connect("postgres");

    RevocationBench() {
        on(listener, "listen " + channel);
    }

    String schema() {
        return schema;
    }

    String channel() {
        return channel;
    }

    Connection application() {
        return application;
    }

    /** Columns {@code id}, {@code subject}, {@code expires}, {@code revoked}, {@code roles} and {@code plan}. */
    static Table lookup() {
        return lookup(null);
    }

    static Table lookup(@Nullable Users users) {
        Map<String, AttributeColumn> attributes = new LinkedHashMap<>();
        attributes.put("plan", new AttributeColumn("plan", false));
        if (users != null) {
            attributes.put("email", new AttributeColumn("email", true));
        }
        return new Table(
                List.of("sessions"),
                "id",
                "subject",
                "expires",
                "revoked",
                new AttributeColumn("roles", false),
                users,
                attributes);
    }

    void sessions(String idType, String expiresType, String revokedType) {
        run("create table @.sessions (id " + idType + " primary key, subject text, expires " + expiresType
                + ", revoked " + revokedType + ", roles text[], plan jsonb, last_active_at timestamp)");
    }

    /** The usual table, watched, with live sessions of these ids, each its own subject's. */
    void watched(String... ids) {
        sessions("text", "timestamp(3)", "timestamp(3)");
        install(lookup());
        for (String id : ids) {
            run("insert into @.sessions values ('" + id + "', 'user-" + id + "', LIVE)");
        }
    }

    RevocationSql sql(Table lookup) {
        return RevocationSql.of(REALM, lookup, schema, channel);
    }

    void install(Table lookup) {
        run(sql(lookup).install());
    }

    /** As the application, each argument one simple query. */
    void run(String... statements) {
        Arrays.stream(statements).forEach(sql -> on(application, expand(sql)));
    }

    private String expand(String sql) {
        return sql.replace("@.", schema + ".")
                .replace("LIVE", "clock_timestamp() at time zone 'utc' + interval '1 hour'")
                .replace("OVER", "clock_timestamp() at time zone 'utc' - interval '1 hour'");
    }

    private static void on(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What arrived, whole, until now: notifications come in the order of the commits, and one of ours ends them. */
    List<String> payloads() {
        on(application, "notify " + channel + ", 'p:now'");
        List<String> payloads = new ArrayList<>();
        try {
            PGConnection wire = listener.unwrap(PGConnection.class);
            while (true) {
                PGNotification[] arrived = wire.getNotifications(10_000);
                if (arrived.length == 0) {
                    throw new IllegalStateException("no notification arrives");
                }
                for (PGNotification one : arrived) {
                    if (one.getParameter().equals("p:now")) {
                        return payloads;
                    }
                    payloads.add(one.getParameter());
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same one hash at a time, each as {@code letter:hash}. */
    List<String> told() {
        List<String> told = new ArrayList<>();
        for (String payload : payloads()) {
            for (String hash : payload.substring(2).split(",", -1)) {
                told.add(payload.substring(0, 2) + hash);
            }
        }
        return told;
    }

    /** What is told after these statements. */
    List<String> toldAfter(String... statements) {
        run(statements);
        return told();
    }

    static String ended(String id) {
        return "s:" + hash(id);
    }

    static String changed(String id) {
        return "c:" + hash(id);
    }

    static String hash(String id) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            application.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
