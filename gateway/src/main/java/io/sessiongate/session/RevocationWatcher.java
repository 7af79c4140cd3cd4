package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;

/** Is told of revocations once no new request is served by what they ended. Called on any thread; must not block. */
public interface RevocationWatcher {

    void sessionEnded(Fingerprint session);

    /** All of its sessions. */
    void subjectEnded(Fingerprint subject);
}
