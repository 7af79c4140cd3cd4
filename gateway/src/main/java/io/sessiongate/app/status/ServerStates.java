package io.sessiongate.app.status;

import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.upstream.Upstreams;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each server of an upstream. Asked on the admin loop for every snapshot, so it must not block: whoever knows
 * keeps it where any thread can read it.
 */
@FunctionalInterface
public interface ServerStates {

    /** Those of an upstream, in the order configured; empty where nobody has that name. */
    List<ServerState> of(String upstream);

    /**
     * One server.
     *
     * @param server as configured, {@code host:port} or {@code unix:/path}
     * @param note why it is so, in the gateway's own words and never a client's; may be empty
     */
    record ServerState(String server, Condition condition, String note) {}

    /** How a server is doing. */
    enum Condition {
        /** Nobody looks. */
        UNKNOWN,
        HEALTHY,
        /** It gets requests, but less than its share, or on trial. */
        IMPAIRED,
        /** It gets none. */
        OUT
    }

    /** What the upstreams know of their servers. */
    static ServerStates of(Upstreams upstreams) {
        return upstream -> upstreams.states().stream()
                .filter(server -> server.upstream().equals(upstream))
                .map(ServerStates::shown)
                .toList();
    }

    private static ServerState shown(io.sessiongate.upstream.ServerState server) {
        return new ServerState(server.name(), server.in() ? Condition.HEALTHY : Condition.OUT, note(server));
    }

    private static String note(io.sessiongate.upstream.ServerState server) {
        @Nullable ServerFailure last = server.lastFailure();
        String out = server.ejectedFor().isZero()
                ? server.healthy() ? "" : "health checks fail"
                : "left out for " + Math.max(1, server.ejectedFor().toSeconds()) + " s more";
        String failure = last == null
                ? ""
                : "last failure: " + last.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ", "
                        + server.lastFailureAge().toSeconds() + " s ago";
        return out.isEmpty() || failure.isEmpty() ? out + failure : out + "; " + failure;
    }
}
