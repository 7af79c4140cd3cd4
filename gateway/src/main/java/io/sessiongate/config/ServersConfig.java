package io.sessiongate.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How requests are spread over the servers of an upstream, and what becomes of servers that come and go.
 *
 * @param healthCheck null where servers are not asked
 * @param slowStart how long a server that is new or comes back has less than its share
 * @param dnsRefresh how often names of servers are looked up again
 * @param maxInFlight requests under way at each server, upgraded ones included; 0 is no limit of its own
 * @param waitTimeout how long a request waits for room; null is as long as for a connection
 */
public record ServersConfig(
        Balance balance,
        @Nullable HealthCheckConfig healthCheck,
        EjectionConfig ejection,
        RetryConfig retries,
        Duration slowStart,
        Duration dnsRefresh,
        int maxInFlight,
        @Nullable Duration waitTimeout) {

    /** As where a file says nothing of it. */
    public static final ServersConfig STANDARD = new ServersConfig(
            Balance.ROUND_ROBIN,
            null,
            EjectionConfig.STANDARD,
            RetryConfig.STANDARD,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            0,
            null);
}
