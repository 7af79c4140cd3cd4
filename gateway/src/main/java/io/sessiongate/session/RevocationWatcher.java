package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;

/**
 * Is told of every end the moment it is known here, for what is open on behalf of the session. Called on any thread; must
 * not block, and may be called more than once for one session.
 */
public interface RevocationWatcher {

    void sessionEnded(Fingerprint session);

    /** The same, where nobody told of it and a check found it. */
    default void sessionFoundEnded(Fingerprint session) {
        sessionEnded(session);
    }

    /** All sessions of the subject that are known here have ended. */
    void subjectEnded(Fingerprint subject);
}
