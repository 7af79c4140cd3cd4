package io.sessiongate.demo;

/** Who logs in to the demonstration's database, and thereby whose statements are counted. */
public enum DatabaseRole {
    /** The server's superuser: creates the database and reads its statistics. */
    OWNER("postgres"),
    /** The dashboard application; owns the tables. */
    APPLICATION("dashboard"),
    /** The gateway: may read the sessions and nothing else. */
    GATEWAY("sessiongate");

    private final String login;

    DatabaseRole(String login) {
        this.login = login;
    }

    String login() {
        return login;
    }
}
