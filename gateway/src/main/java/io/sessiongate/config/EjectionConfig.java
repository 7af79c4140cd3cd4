package io.sessiongate.config;

import java.time.Duration;

/**
 * When a server that fails requests is left out, and for how long.
 *
 * @param consecutiveFailures in a row, without an answer between them; 0 is never
 * @param base how long the first time; twice as long each further time
 * @param max and never longer
 * @param maxEjectedPercent where more of the servers would be out, for whatever reason, all are used
 * @param serverErrors whether an answer of 5xx is a failure too
 */
public record EjectionConfig(
        int consecutiveFailures, Duration base, Duration max, int maxEjectedPercent, boolean serverErrors) {

    /** As where a file says nothing of it. */
    public static final EjectionConfig STANDARD =
            new EjectionConfig(5, Duration.ofSeconds(5), Duration.ofMinutes(5), 50, false);
}
