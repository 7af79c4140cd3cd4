package io.sessiongate.session.simulation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What capacity is planned for.
 *
 * @param users active at once
 * @param requestsPerMinute of each of them
 * @param gateways that share the requests
 * @param revalidateAfter as in the configuration
 * @param connectionLimit as in the database's URL; null asks for one
 * @param queryTime of a check with one session, the network included
 * @param pushes whether a listener is kept open as well
 */
public record PlanRequest(
        int users,
        double requestsPerMinute,
        int gateways,
        Duration revalidateAfter,
        @Nullable Integer connectionLimit,
        Duration queryTime,
        boolean pushes) {}
