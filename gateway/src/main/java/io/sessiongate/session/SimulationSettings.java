package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * What is simulated.
 *
 * @param users each with one session at a time
 * @param requestsPerMinute of each user on average, at random times, to any of the gateways
 * @param gateways in front of one database
 * @param connectionLimit of each gateway
 * @param maxWaiting of each gateway
 * @param check the policy of all
 * @param pushes whether ends are pushed
 * @param endsPerHour of each user's session, on average; the user logs in again on being told
 * @param tokenLifetime a token is exchanged for a new one of the same session a minute before it expires
 * @param database what stands behind
 * @param replica whether checks go to a replica of it
 * @param seed the same seed gives the same run
 */
public record SimulationSettings(
        int users,
        double requestsPerMinute,
        int gateways,
        int connectionLimit,
        int maxWaiting,
        CheckConfig check,
        boolean pushes,
        double endsPerHour,
        Duration tokenLifetime,
        DatabaseModel database,
        boolean replica,
        long seed) {

    /** As the product has it where nothing is configured. */
    public static final Duration QUERY_TIMEOUT = Duration.ofSeconds(5);

    /** The same for the longest wait for a connection. */
    public static final Duration POOL_TIMEOUT = Duration.ofSeconds(10);

    /** The policy where nothing is configured. */
    public static final CheckConfig DEFAULT_CHECK = new CheckConfig(
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5));

    /** So many users at one gateway with every default; nothing ends and nothing is pushed. */
    public static SimulationSettings of(int users, double requestsPerMinute) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                1,
                4,
                10_000,
                DEFAULT_CHECK,
                false,
                0,
                Duration.ofDays(1),
                DatabaseModel.DEFAULT,
                false,
                1);
    }

    public SimulationSettings withReplica() {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                true,
                seed);
    }

    public SimulationSettings withSeed(long other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                other);
    }

    public SimulationSettings withRequestsPerMinute(double other) {
        return new SimulationSettings(
                users,
                other,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withGateways(int other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                other,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withConnectionLimit(int other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                other,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withMaxWaiting(int other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                other,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withCheck(CheckConfig other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                other,
                pushes,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    /** Ends are pushed, and the interval while that works is this one; zero leaves the plain one. */
    public SimulationSettings withPushes(Duration revalidateAfterWhileListening) {
        CheckConfig longer = new CheckConfig(
                check.revalidateAfter(),
                revalidateAfterWhileListening,
                check.expiringWithin(),
                check.revalidateExpiringAfter(),
                check.refreshAhead(),
                check.serveStaleFor());
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                longer,
                true,
                endsPerHour,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withEndsPerHour(double other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                other,
                tokenLifetime,
                database,
                replica,
                seed);
    }

    public SimulationSettings withTokenLifetime(Duration other) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                other,
                database,
                replica,
                seed);
    }

    public SimulationSettings withDatabase(UnaryOperator<DatabaseModel> change) {
        return new SimulationSettings(
                users,
                requestsPerMinute,
                gateways,
                connectionLimit,
                maxWaiting,
                check,
                pushes,
                endsPerHour,
                tokenLifetime,
                change.apply(database),
                replica,
                seed);
    }
}
