package io.sessiongate.listener;

import io.sessiongate.token.Fingerprint;

/**
 * Streams to be ended. Immutable.
 *
 * @param bySubject whether the key is a subject's, else it is a session's
 */
record Revocation(String realm, Fingerprint key, boolean bySubject) {}
