package io.sessiongate.config;

import java.time.Duration;

/**
 * How servers are asked whether they are well.
 *
 * @param path what is asked for, by GET
 * @param interval between two checks of one server
 * @param timeout from the wish for a connection to the head of the answer
 * @param healthyAfter good answers in a row that bring a server back
 * @param unhealthyAfter bad ones in a row that take it out
 * @param lowestStatus first of the statuses that are good
 * @param highestStatus last of them
 */
public record HealthCheckConfig(
        String path,
        Duration interval,
        Duration timeout,
        int healthyAfter,
        int unhealthyAfter,
        int lowestStatus,
        int highestStatus) {}
