package io.sessiongate.session;

/** Who says that a session is over. */
public enum RevocationSource {
    /** PostgreSQL, as the change was committed. */
    PUSHED,
    /** The application, in an answer. */
    ANNOUNCED,
    /** Somebody with the admin secret. */
    ADMIN,
    /** A check found it. */
    CHECKED
}
