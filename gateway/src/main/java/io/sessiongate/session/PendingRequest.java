package io.sessiongate.session;

import io.sessiongate.token.VerifiedToken;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A request that waits for its session's check.
 *
 * @param seen what was known of the session when the request asked
 * @param isRequest whether it is one that counts; else an open stream that asks again
 * @param askedNanos monotonic time at which it asked
 * @param staleLimitNanos the route's limit on stale facts, or {@code CheckPolicy.FOREVER_NANOS}
 * @param timesAsked how many checks it has had to wait for
 * @param loop where the answer goes
 */
record PendingRequest(
        VerifiedToken token,
        SessionFacts seen,
        boolean isRequest,
        long askedNanos,
        long staleLimitNanos,
        int timesAsked,
        Executor loop,
        Consumer<SessionVerdict> then) {

    /** The same, waiting for one more check. */
    PendingRequest again() {
        return new PendingRequest(token, seen, isRequest, askedNanos, staleLimitNanos, timesAsked + 1, loop, then);
    }
}
