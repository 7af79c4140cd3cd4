package io.sessiongate.upstream;

import io.sessiongate.metrics.ServerFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one server of an upstream stands at the moment it was asked for. Times are told as ages, as the gateway keeps them by
 * its monotonic clock.
 *
 * @param name as configured; with the address behind it where a name has been looked up
 * @param healthy whether health checks find it well; true where there are none
 * @param ejectedFor how long it is left out still, because requests failed; zero where it is not
 * @param inFlight requests under way
 * @param lastFailure what it did wrong last; null where it never did
 * @param lastFailureAge how long ago that was; zero where it never did
 * @param stateAge how long it has been in, or out, as it is
 */
public record ServerState(
        String upstream,
        String name,
        boolean healthy,
        Duration ejectedFor,
        int inFlight,
        @Nullable ServerFailure lastFailure,
        Duration lastFailureAge,
        Duration stateAge) {

    static ServerState of(String upstream, Server server, long nowNanos) {
        ServerHealth health = server.health();
        ServerHealth.Failure last = health.last();
        return new ServerState(
                upstream,
                server.name(),
                health.well(),
                Duration.ofNanos(health.ejectedNanos(nowNanos)),
                server.inFlight().now(),
                last == null ? null : last.what(),
                last == null ? Duration.ZERO : Duration.ofNanos(nowNanos - last.atNanos()),
                Duration.ofNanos(health.stateNanos(nowNanos)));
    }

    /** Whether requests are sent to it, as long as not too many others are out. */
    public boolean in() {
        return healthy && ejectedFor.isZero();
    }
}
