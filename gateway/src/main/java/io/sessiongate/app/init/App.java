package io.sessiongate.app.init;

import java.util.Locale;

/** The kinds of application that a configuration can be drafted for. */
public enum App {
    /** NextAuth v4 with the JWT strategy: encrypted cookies. */
    AUTHJS4(4),
    /** Auth.js v5 with the JWT strategy. */
    AUTHJS5(5),
    /** An application that signs JWTs itself. */
    JWT(0),
    /** The cookie is the id of the session's row: Auth.js with the database strategy, and many others. */
    OPAQUE(0);

    private final int authJs;

    App(int authJs) {
        this.authJs = authJs;
    }

    /** Version of Auth.js that makes the tokens, or 0. */
    int authJs() {
        return authJs;
    }

    /** As the command line spells it. */
    public String spelled() {
        return name().toLowerCase(Locale.ROOT);
    }
}
