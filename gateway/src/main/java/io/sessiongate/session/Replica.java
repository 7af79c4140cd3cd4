package io.sessiongate.session;

import io.sessiongate.metrics.ReplicaMeters;
import io.sessiongate.metrics.ReplicaMeters.Rest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One read replica: whether checks go to it. Confined to the check loop.
 *
 * <pre>
 *   IN_USE ──► RESTING ──► KNOCKED ──► ON_TRIAL ──► IN_USE
 *                 ▲           │           │
 *                 └───────────┴───────────┘
 * </pre>
 *
 * One that fails or lags rests. Once that is over somebody knocks, apart from any check: a server that answers nothing must not
 * make one wait. If it opens, one connection tries it, so that a replica that lags still costs one check a second question, not
 * all of them.
 */
final class Replica {

    /** Rest of one that turned out to be no replica: somebody has to change the configuration or the server. */
    static final long PROMOTED_REST_NANOS = TimeUnit.SECONDS.toNanos(60);

    static final long LEAST_LAG_REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private enum State {
        IN_USE,
        RESTING,
        KNOCKED,
        ON_TRIAL
    }

    private final String realm;
    private final int index;
    private final long lagRestNanos;
    private final ConnectBackoff backoff;
    private final ReplicaMeters.Replica meters;
    private State state = State.IN_USE;
    private long restUntilNanos;
    private int connections;
    /** As it was last said in the log; null for in use. */
    private @Nullable Rest logged;

    Replica(String realm, int index, long maxLagNanos, ConnectBackoff backoff, ReplicaMeters.Replica meters) {
        this.realm = realm;
        this.index = index;
        this.lagRestNanos = Math.max(maxLagNanos, LEAST_LAG_REST_NANOS);
        this.backoff = backoff;
        this.meters = meters;
    }

    ReplicaMeters.Replica meters() {
        return meters;
    }

    /** Connections to it for checks, those that are opening included. */
    int connections() {
        return connections;
    }

    void connections(int change) {
        connections += change;
        meters.connections(connections);
    }

    /** Whether one more connection would do good. */
    boolean isOpen() {
        return state == State.IN_USE || (state == State.ON_TRIAL && connections == 0);
    }

    boolean isResting() {
        return state == State.RESTING || state == State.KNOCKED;
    }

    /** An answer of it was good. */
    void answered() {
        backoff.succeeded();
        if (state != State.IN_USE) {
            state = State.IN_USE;
            meters.resting(null);
            if (logged != null) {
                logged = null;
                LOG.atInfo()
                        .setMessage("A read replica is in use again")
                        .addKeyValue("realm", realm)
                        .addKeyValue("replica", index)
                        .log();
            }
        }
    }

    /** It cannot be reached, or fails. */
    void failed(Rest reason, String message, long nowNanos) {
        if (state == State.RESTING) {
            return; // by another connection, or for a graver reason
        }
        backoff.failed(nowNanos);
        rest(reason, message, nowNanos + backoff.remainingNanos(nowNanos));
    }

    void lags(long nowNanos) {
        rest(Rest.LAGGING, "it is further behind than max-lag", nowNanos + lagRestNanos);
    }

    void promoted(long nowNanos) {
        rest(
                Rest.PROMOTED,
                "it is not in recovery, so it is no replica of the primary",
                nowNanos + PROMOTED_REST_NANOS);
    }

    private void rest(Rest reason, String message, long untilNanos) {
        state = State.RESTING;
        restUntilNanos = untilNanos;
        meters.resting(reason);
        if (logged != reason) {
            logged = reason;
            LOG.atWarn()
                    .setMessage("A read replica is left out for a while")
                    .addKeyValue("realm", realm)
                    .addKeyValue("replica", index)
                    .addKeyValue("reason", message)
                    .log();
        }
    }

    /** True for the one caller that has to see whether it is there again. */
    boolean startKnock(long nowNanos) {
        if (state != State.RESTING || restUntilNanos - nowNanos > 0) {
            return false;
        }
        state = State.KNOCKED;
        return true;
    }

    void opened() {
        if (state == State.KNOCKED) {
            state = State.ON_TRIAL;
        }
    }
}
