package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;

/** Where what PostgreSQL pushes arrives. On the check loop. */
interface RevocationIntake {

    /**
     * From here on revocations are pushed.
     *
     * @param sinceNanos monotonic time after which whatever is committed will be told of
     */
    void listening(long sinceNanos);

    /** Something may be missed from now on. */
    void notListening();

    void sessionEnded(Fingerprint session);

    void subjectEnded(Fingerprint subject);

    /** What a check would find of the session is no longer what one found. */
    void sessionChanged(Fingerprint session);

    /** The same of all sessions of the subject. */
    void subjectChanged(Fingerprint subject);
}
