package io.sessiongate.config;

import java.time.Duration;

/**
 * When PostgreSQL is asked.
 *
 * @param revalidateAfter age at which a check is due
 * @param revalidateAfterWhileListening the same while pushed revocations are sure to arrive; zero is off
 * @param expiringWithin a token this close to its expiry is checked more often (never more than a quarter of its life)
 * @param revalidateExpiringAfter age at which a check is due for such a token; zero is every request
 * @param refreshAhead how long before a check is due it is made in the background
 * @param serveStaleFor age up to which the last good check stands in for one that could not be made
 */
public record CheckConfig(
        Duration revalidateAfter,
        Duration revalidateAfterWhileListening,
        Duration expiringWithin,
        Duration revalidateExpiringAfter,
        Duration refreshAhead,
        Duration serveStaleFor) {

    /** One interval, whether revocations are pushed or not. */
    public CheckConfig(
            Duration revalidateAfter,
            Duration expiringWithin,
            Duration revalidateExpiringAfter,
            Duration refreshAhead,
            Duration serveStaleFor) {
        this(revalidateAfter, Duration.ZERO, expiringWithin, revalidateExpiringAfter, refreshAhead, serveStaleFor);
    }
}
