package io.sessiongate.session;

import io.sessiongate.token.VerifiedToken;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A request that waits for its session's check.
 *
 * @param seen what was known of the session when the request asked
 * @param askedNanos monotonic time at which it asked
 * @param staleLimitNanos the route's limit on stale facts, or {@code CheckPolicy.FOREVER_NANOS}
 * @param loop where the answer goes
 */
record PendingRequest(
        VerifiedToken token,
        SessionFacts seen,
        long askedNanos,
        long staleLimitNanos,
        Executor loop,
        Consumer<SessionVerdict> then) {}
