package io.sessiongate.listener;

import io.sessiongate.metrics.StreamMeters.Cause;
import io.sessiongate.token.Fingerprint;

/**
 * Streams to be ended. Immutable.
 *
 * @param bySubject whether the key is a subject's, else it is a session's
 * @param cause how it became known
 */
record Revocation(String realm, Fingerprint key, boolean bySubject, Cause cause) {}
