package io.sessiongate.app.status;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import java.util.List;

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

    /** The servers of the configuration, of which nobody knows how they are. */
    static ServerStates configured(GatewayConfig config) {
        return upstream -> {
            UpstreamConfig known = config.upstreams().get(upstream);
            return known == null
                    ? List.of()
                    : known.servers().stream()
                            .map(ServerAddress::name)
                            .map(name -> new ServerState(name, Condition.UNKNOWN, ""))
                            .toList();
        };
    }
}
