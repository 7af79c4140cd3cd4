package io.sessiongate.flow;

import io.sessiongate.session.RevocationBroadcast;
import io.sessiongate.session.RevocationSource;
import io.sessiongate.session.SessionGate;
import io.sessiongate.token.Fingerprint;

/**
 * Ends sessions of one realm on somebody's word: on this gateway before the call returns, on the others soon after, best
 * effort. For any thread.
 */
public final class Revoker {

    private final SessionGate sessions;
    private final RevocationBroadcast fleet;

    public Revoker(SessionGate sessions, RevocationBroadcast fleet) {
        this.sessions = sessions;
        this.fleet = fleet;
    }

    /** The session is over: the next request with a token of it is refused. */
    public void endSession(String id, RevocationSource source) {
        sessions.revokeSession(Fingerprint.of(id), source);
        fleet.sessionEnded(Fingerprint.hexOf(id));
    }

    /** All sessions that the subject has now are over. */
    public void endSubject(String id, RevocationSource source) {
        sessions.revokeSubject(Fingerprint.of(id), source);
        fleet.subjectEnded(Fingerprint.hexOf(id));
    }

    /** The session may be over: it is checked before its next use, here. */
    void distrustSession(Fingerprint session, RevocationSource source) {
        sessions.distrustSession(session, source);
    }
}
