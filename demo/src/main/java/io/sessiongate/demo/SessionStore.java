package io.sessiongate.demo;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;

/** The table of sessions. Thread-safe. */
final class SessionStore {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int LISTED = 50;

    private final Database database;
    private final String query;
    private final LongAdder queries = new LongAdder();

    /** {@code queryDelay} is slept by the server in each session query, as a slow database would. */
    SessionStore(Database database, Duration queryDelay) {
        this.database = database;
        String slow = queryDelay.isZero() ? "" : ", pg_sleep(" + queryDelay.toMillis() / 1000.0 + ")";
        this.query = "SELECT /* session */ user_id, revoked_at IS NULL AND expires_at > now() AT TIME ZONE 'utc'" + slow
                + " FROM sessions WHERE id = ?";
    }

    /** The ids of a session just made. */
    record NewSession(String id, String handle) {}

    /** A session as the page shows it. */
    record Listed(
            String handle,
            String user,
            String name,
            String userAgent,
            String ip,
            String createdAt,
            String expiresAt,
            boolean live,
            boolean current) {}

    /** How many sessions there are. */
    record Counts(long live, long revoked, long users) {}

    /** The session query that validates one request: whether this session is live and the subject's own. */
    boolean isLive(String id, String subject) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement select = connection.prepareStatement(query)) {
            queries.increment();
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() && row.getString(1).equals(subject) && row.getBoolean(2);
            }
        }
    }

    /** Session queries made by {@link #isLive} so far. */
    long queries() {
        return queries.sum();
    }

    static NewSession create(Connection connection, String userId, Duration life, String userAgent, String ip)
            throws SQLException {
        var session = new NewSession(randomHex(24), randomHex(8));
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO sessions (id, handle, user_id, expires_at, user_agent, ip)
                VALUES (?, ?, ?, (now() AT TIME ZONE 'utc') + ? * interval '1 second', ?, ?)""")) {
            insert.setString(1, session.id());
            insert.setString(2, session.handle());
            insert.setString(3, userId);
            insert.setLong(4, life.toSeconds());
            insert.setString(5, userAgent);
            insert.setString(6, ip);
            insert.executeUpdate();
        }
        return session;
    }

    /** Ends a live session of this user, or of anyone for an administrator; whether there was one. */
    static boolean revoke(Connection connection, String handle, String userId, boolean administrator)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE sessions SET revoked_at = now() AT TIME ZONE 'utc'
                WHERE handle = ? AND revoked_at IS NULL AND (user_id = ? OR ?)""")) {
            update.setString(1, handle);
            update.setString(2, userId);
            update.setBoolean(3, administrator);
            return update.executeUpdate() > 0;
        }
    }

    /** Ends the session with this id, as a sign-out does. */
    void end(String id) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE sessions SET revoked_at = now() AT TIME ZONE 'utc' WHERE id = ? AND revoked_at IS"
                                + " NULL")) {
            update.setString(1, id);
            update.executeUpdate();
        }
    }

    /** How long ago the statement that revoked this session began; empty unless it was revoked. */
    OptionalDouble revokedMillisAgo(String id) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement select = connection.prepareStatement("""
                        SELECT extract(epoch FROM (clock_timestamp() AT TIME ZONE 'utc') - revoked_at) * 1000
                        FROM sessions WHERE id = ? AND revoked_at IS NOT NULL""")) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? OptionalDouble.of(row.getDouble(1)) : OptionalDouble.empty();
            }
        }
    }

    /** The newest sessions of this user, or of everyone for an administrator, live ones first; 50 at most. */
    List<Listed> list(Identity.Known viewer) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement select = connection.prepareStatement("""
                        SELECT s.handle, s.user_id, u.name, s.user_agent, s.ip, s.created_at, s.expires_at,
                               s.revoked_at IS NULL AND s.expires_at > now() AT TIME ZONE 'utc', s.id = ?
                        FROM sessions s JOIN "User" u ON u.id = s.user_id
                        WHERE s.user_id = ? OR ? ORDER BY s.id = ? DESC, 8 DESC, s.created_at DESC LIMIT ?""")) {
            select.setString(1, viewer.sessionId());
            select.setString(2, viewer.subject());
            select.setBoolean(3, viewer.isAdministrator());
            select.setString(4, viewer.sessionId());
            select.setInt(5, LISTED);
            var sessions = new ArrayList<Listed>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    sessions.add(new Listed(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5),
                            utc(row, 6),
                            utc(row, 7),
                            row.getBoolean(8),
                            row.getBoolean(9)));
                }
            }
            return sessions;
        }
    }

    Counts count() throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement select = connection.prepareStatement("""
                        SELECT /* statistics */
                          count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > now() AT TIME ZONE 'utc'),
                          count(*) FILTER (WHERE revoked_at IS NOT NULL), (SELECT count(*) FROM "User")
                        FROM sessions""");
                ResultSet row = select.executeQuery()) {
            row.next();
            return new Counts(row.getLong(1), row.getLong(2), row.getLong(3));
        }
    }

    private static String utc(ResultSet row, int column) throws SQLException {
        return row.getObject(column, LocalDateTime.class)
                .toInstant(ZoneOffset.UTC)
                .toString();
    }

    private static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
