package io.sessiongate.demo;

import io.sessiongate.config.SessionConfig;
import io.sessiongate.session.RevocationSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Tables, users and sessions of the demonstration. The tables are as Prisma makes them: a quoted name, {@code DateTime}
 * as {@code timestamp(3)} without time zone in UTC.
 */
public final class DemoData {

    /** The password of every user one can sign in as; shown on the sign-in page, for there is nothing to guard. */
    public static final String PASSWORD = "demo";

    /** Who can sign in, administrators first. */
    public static final List<User> USERS = List.of(
            new User("ada", "ada@example.com", "Ada Lovelace", "admin"),
            new User("grace", "grace@example.com", "Grace Hopper", "member"),
            new User("linus", "linus@example.com", "Linus Torvalds", "member"),
            new User("margaret", "margaret@example.com", "Margaret Hamilton", "member"));

    /** On which the database tells the gateway of ended sessions. */
    static final String CHANNEL = "sessiongate_revoked";

    private final EmbeddedDatabase database;
    private final SessionTokens tokens;

    public DemoData(EmbeddedDatabase database, SessionTokens tokens) {
        this.database = database;
        this.tokens = tokens;
    }

    /** One who may sign in. */
    public record User(String id, String email, String name, String role) {}

    /**
     * A session with its token.
     *
     * @param handle names the session in URLs and on pages, where its id has no business
     */
    public record Login(String userId, String sessionId, String handle, String token) {
        @Override
        public String toString() {
            return "Login[" + userId + ", " + handle + "]";
        }
    }

    /** Makes the tables and {@link #USERS}; a second, most of it for hashing passwords. */
    public void install() throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.APPLICATION);
                Statement statement = connection.createStatement()) {
            createTables(connection);
            installRevocations(connection);
            statement.execute("GRANT SELECT ON sessions TO " + DatabaseRole.GATEWAY.login());
            createUsers(connection);
        }
    }

    /** Makes the tables in a database where they are missing. */
    static void createTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS "User" (
                      id text PRIMARY KEY,
                      email text NOT NULL UNIQUE,
                      name text NOT NULL,
                      role text NOT NULL,
                      password_hash text NOT NULL,
                      created_at timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'));
                    CREATE TABLE IF NOT EXISTS sessions (
                      id text PRIMARY KEY,
                      handle text NOT NULL UNIQUE,
                      user_id text NOT NULL REFERENCES "User" (id) ON DELETE CASCADE,
                      expires_at timestamp(3) NOT NULL,
                      revoked_at timestamp(3),
                      created_at timestamp(3) NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
                      user_agent text NOT NULL DEFAULT '',
                      ip text NOT NULL DEFAULT '');
                    CREATE INDEX IF NOT EXISTS sessions_user_id ON sessions (user_id);
                    """);
        }
    }

    /**
     * Has the database tell of sessions that end, as {@code sessiongate install-revocations --apply} does for the owner of a
     * table. May be repeated.
     */
    static void installRevocations(Connection connection) throws SQLException {
        var sessions = new SessionConfig.Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    RevocationSql.of("default", sessions, "public", CHANNEL).install());
        }
    }

    static void createUsers(Connection connection) throws SQLException {
        List<String> hashes =
                USERS.parallelStream().map(user -> Passwords.hash(PASSWORD)).toList();
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO \"User\" (id, email, name, role, password_hash) VALUES (?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING")) {
            for (int i = 0; i < USERS.size(); i++) {
                User user = USERS.get(i);
                insert.setString(1, user.id());
                insert.setString(2, user.email());
                insert.setString(3, user.name());
                insert.setString(4, user.role());
                insert.setString(5, hashes.get(i));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Signs one of {@link #USERS} in, as the sign-in page would, with the program named as user agent. */
    public Login logIn(User user, String userAgent, Duration life) throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.APPLICATION)) {
            SessionStore.NewSession session = SessionStore.create(connection, user.id(), life, userAgent, "127.0.0.1");
            return new Login(
                    user.id(), session.id(), session.handle(), tokens.mint(user.id(), session.id(), user.role(), life));
        }
    }

    /**
     * Makes {@code count} users ({@code user-1} and so on, who have no password) with a session each, and their tokens;
     * 100,000 in a few seconds. May be called once.
     */
    public List<Login> logInMany(int count, String role, Duration life) throws SQLException {
        var logins = new ArrayList<Login>(count);
        try (Connection connection = database.connect(DatabaseRole.APPLICATION)) {
            try (PreparedStatement users = connection.prepareStatement("""
                    INSERT INTO "User" (id, email, name, role, password_hash)
                    SELECT 'user-' || n, 'user-' || n || '@example.com', 'User ' || n, ?, '!'
                    FROM generate_series(1, ?) n""")) {
                users.setString(1, role);
                users.setInt(2, count);
                users.executeUpdate();
            }
            try (PreparedStatement sessions = connection.prepareStatement("""
                    INSERT INTO sessions (id, handle, user_id, expires_at, user_agent, ip)
                    SELECT gen_random_uuid()::text, substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
                           'user-' || n, (now() AT TIME ZONE 'utc') + ? * interval '1 second', 'load', '127.0.0.1'
                    FROM generate_series(1, ?) n RETURNING user_id, id, handle""")) {
                sessions.setLong(1, life.toSeconds());
                sessions.setInt(2, count);
                try (ResultSet rows = sessions.executeQuery()) {
                    while (rows.next()) {
                        String userId = rows.getString(1);
                        String sessionId = rows.getString(2);
                        logins.add(new Login(
                                userId, sessionId, rows.getString(3), tokens.mint(userId, sessionId, role, life)));
                    }
                }
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute("ANALYZE");
            }
        }
        return logins;
    }

    /** Ends a session, as the page's button would. */
    public void revoke(Login login) throws SQLException {
        try (Connection connection = database.connect(DatabaseRole.APPLICATION)) {
            SessionStore.revoke(connection, login.handle(), login.userId(), false);
        }
    }
}
