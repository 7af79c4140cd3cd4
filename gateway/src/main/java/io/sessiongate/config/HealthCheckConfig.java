package io.sessiongate.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How servers are asked whether they are well.
 *
 * @param path what is asked for, by GET, or where a service is, the path of that call
 * @param grpcService what is asked for by a call of gRPC's health protocol, empty for the server as a whole; null where a path is
 * @param interval between two checks of one server
 * @param timeout from the wish for a connection to the head of the answer
 * @param healthyAfter good answers in a row that bring a server back
 * @param unhealthyAfter bad ones in a row that take it out
 * @param lowestStatus first of the statuses that are good
 * @param highestStatus last of them
 */
public record HealthCheckConfig(
        String path,
        @Nullable String grpcService,
        Duration interval,
        Duration timeout,
        int healthyAfter,
        int unhealthyAfter,
        int lowestStatus,
        int highestStatus) {

    /** Where a server of gRPC is asked. */
    static final String GRPC_PATH = "/grpc.health.v1.Health/Check";

    /** Asks for a path. */
    public HealthCheckConfig(
            String path,
            Duration interval,
            Duration timeout,
            int healthyAfter,
            int unhealthyAfter,
            int lowestStatus,
            int highestStatus) {
        this(path, null, interval, timeout, healthyAfter, unhealthyAfter, lowestStatus, highestStatus);
    }
}
