package io.sessiongate.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The table of users. Thread-safe. */
final class Users {

    private final Database database;
    /** Compared with when there is no such user, so that the answer takes as long. */
    private final String nobodysHash = Passwords.hash("");

    Users(Database database) {
        this.database = database;
    }

    /** The user with this address and password; a fifth of a second either way. */
    Optional<DemoData.User> signIn(String email, String password) throws SQLException {
        Optional<DemoData.User> user = Optional.empty();
        String hash = nobodysHash;
        try (Connection connection = database.connect();
                PreparedStatement select = connection.prepareStatement(
                        "SELECT id, email, name, role, password_hash FROM \"User\" WHERE email = ?")) {
            select.setString(1, email);
            try (ResultSet row = select.executeQuery()) {
                if (row.next()) {
                    user = Optional.of(user(row));
                    hash = row.getString(5);
                }
            }
        }
        return Passwords.matches(password, hash) ? user : Optional.empty();
    }

    Optional<DemoData.User> find(String id) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement select =
                        connection.prepareStatement("SELECT id, email, name, role FROM \"User\" WHERE id = ?")) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(user(row)) : Optional.empty();
            }
        }
    }

    private static DemoData.User user(ResultSet row) throws SQLException {
        return new DemoData.User(row.getString(1), row.getString(2), row.getString(3), row.getString(4));
    }
}
