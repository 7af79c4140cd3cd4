package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;

/** Where pushed revocations go. Called on the check loop; effective when a call returns. */
interface RevocationIntake {

    /**
     * Notifications arrive: whatever is committed after a check that began at {@code sinceNanos} or later is pushed, until
     * {@link #notListening}.
     */
    void listening(long sinceNanos);

    /** Notifications may be lost from now on. */
    void notListening();

    void sessionEnded(Fingerprint session);

    void subjectEnded(Fingerprint subject);

    void sessionChanged(Fingerprint session);

    void subjectChanged(Fingerprint subject);
}
