package io.sessiongate.flow;

import io.sessiongate.session.RevocationBroadcast;
import io.sessiongate.session.RevocationSource;
import io.sessiongate.session.SessionGate;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

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

    /** The same of the session that came with a request. */
    void endSession(VerifiedToken token, RevocationSource source) {
        var unused = sessions.revokeSession(token, source);
        fleet.sessionEnded(Fingerprint.hexOf(token.sessionId()));
    }

    /**
     * The same, where the application may clear any cookie that is no session's: of a value that is none here the other gateways
     * are not told, or strangers could have them told of whatever they make up.
     */
    void signedOut(VerifiedToken token, RevocationSource source) {
        if (sessions.revokeSession(token, source)) {
            fleet.sessionEnded(Fingerprint.hexOf(token.sessionId()));
        }
    }

    /**
     * All sessions are over of whom the token's is. Where only the database knows who that is, it is asked, and the call returns
     * before; where it does not know either, any more, that one session is over.
     */
    void endSubject(VerifiedToken token, Executor loop, RevocationSource source) {
        @Nullable String subject = sessions.subjectOf(token);
        if (subject != null) {
            endSubject(subject, source);
            return;
        }
        sessions.recheck(token, null, loop, verdict -> {
            @Nullable String found = verdict instanceof SessionVerdict.Live live
                    ? live.attributes().subject()
                    : null;
            if (found == null) {
                endSession(token, source);
            } else {
                endSubject(found, source);
            }
        });
    }

    /** All sessions that the subject has now are over. */
    public void endSubject(String id, RevocationSource source) {
        sessions.revokeSubject(Fingerprint.of(id), source);
        fleet.subjectEnded(Fingerprint.hexOf(id));
    }

    /** The session may be over: it is checked before its next use, here. */
    void distrustSession(VerifiedToken token, RevocationSource source) {
        sessions.distrustSession(token, source);
    }
}
