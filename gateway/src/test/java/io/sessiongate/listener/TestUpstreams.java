package io.sessiongate.listener;

import io.sessiongate.config.Balance;
import io.sessiongate.config.EjectionConfig;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.RetryConfig;
import io.sessiongate.config.ServersConfig;
import io.sessiongate.config.UpstreamConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Configurations of upstreams that differ in one point. */
final class TestUpstreams {

    private TestUpstreams() {}

    static UpstreamConfig bounded(UpstreamConfig from, int maxConnections, int maxWaiting) {
        return new UpstreamConfig(
                from.name(),
                from.servers(),
                maxConnections,
                maxWaiting,
                from.connectTimeout(),
                from.answerTimeout(),
                from.idleTimeout(),
                from.uploadShare(),
                from.tls(),
                from.spread());
    }

    static UpstreamConfig answering(UpstreamConfig from, Duration timeout) {
        return new UpstreamConfig(
                from.name(),
                from.servers(),
                from.maxConnections(),
                from.maxWaiting(),
                from.connectTimeout(),
                timeout,
                from.idleTimeout(),
                from.uploadShare(),
                from.tls(),
                from.spread());
    }

    static ServersConfig balanced(Balance balance) {
        return spread(balance, null, EjectionConfig.STANDARD, RetryConfig.STANDARD, 0, null);
    }

    static ServersConfig retrying(int attempts) {
        return spread(Balance.ROUND_ROBIN, null, EjectionConfig.STANDARD, new RetryConfig(attempts, 20), 0, null);
    }

    /** Left out for a minute after so many failures. */
    static ServersConfig ejecting(int failures, boolean serverErrors) {
        EjectionConfig ejection =
                new EjectionConfig(failures, Duration.ofMinutes(1), Duration.ofMinutes(1), 50, serverErrors);
        return spread(Balance.ROUND_ROBIN, null, ejection, RetryConfig.STANDARD, 0, null);
    }

    static ServersConfig checking(HealthCheckConfig check) {
        return spread(Balance.ROUND_ROBIN, check, EjectionConfig.STANDARD, RetryConfig.STANDARD, 0, null);
    }

    static ServersConfig limited(int maxInFlight, @Nullable Duration waitTimeout) {
        return spread(
                Balance.ROUND_ROBIN, null, EjectionConfig.STANDARD, RetryConfig.STANDARD, maxInFlight, waitTimeout);
    }

    private static ServersConfig spread(
            Balance balance,
            @Nullable HealthCheckConfig check,
            EjectionConfig ejection,
            RetryConfig retries,
            int maxInFlight,
            @Nullable Duration waitTimeout) {
        return new ServersConfig(
                balance, check, ejection, retries, Duration.ZERO, Duration.ofSeconds(30), maxInFlight, waitTimeout);
    }
}
