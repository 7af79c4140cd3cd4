package io.sessiongate.session;

/**
 * Tells the other gateways of what was ended here before the application has written it to the database: best effort, as
 * every gateway finds out at its next check. Called on any thread; must not block.
 */
public interface RevocationBroadcast {

    /** There is nobody to tell. */
    RevocationBroadcast NONE = new RevocationBroadcast() {
        @Override
        public void sessionEnded(String sha256Hex) {}

        @Override
        public void subjectEnded(String sha256Hex) {}
    };

    /** The session whose id has this SHA-256, in 64 lower-case hexadecimal digits, has ended. */
    void sessionEnded(String sha256Hex);

    /** All sessions of the subject whose id has this SHA-256 have ended. */
    void subjectEnded(String sha256Hex);
}
