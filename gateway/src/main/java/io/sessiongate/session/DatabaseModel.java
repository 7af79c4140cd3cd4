package io.sessiongate.session;

import java.time.Duration;

/**
 * What a simulated PostgreSQL can do. The costs of a query are those measured with PostgreSQL 15 on two processors: 36 µs for
 * one session, 4.8 µs a session for 256.
 *
 * @param roundTrip mean time of a query besides its work: the network, twice, and whatever else is in the way
 * @param perQuery processor time of a query
 * @param perSession processor time of each session it asks about
 * @param processors queries that are worked on at once; others wait their turn
 * @param maxConnections the next one is refused
 */
public record DatabaseModel(
        Duration roundTrip, Duration perQuery, Duration perSession, int processors, int maxConnections) {

    /** Two processors, a query of one session in about 2 ms. */
    public static final DatabaseModel DEFAULT =
            new DatabaseModel(Duration.ofMillis(2), Duration.ofNanos(31_000), Duration.ofNanos(5_000), 2, 1_000);

    /** The same, further away or nearer. */
    public DatabaseModel withRoundTrip(Duration other) {
        return new DatabaseModel(other, perQuery, perSession, processors, maxConnections);
    }

    /** The same, so many times slower in everything. */
    public DatabaseModel slower(double times) {
        return new DatabaseModel(
                times(roundTrip, times), times(perQuery, times), times(perSession, times), processors, maxConnections);
    }

    private static Duration times(Duration time, double times) {
        return Duration.ofNanos(Math.round(time.toNanos() * times));
    }

    /** The same with that many connections. */
    public DatabaseModel withMaxConnections(int other) {
        return new DatabaseModel(roundTrip, perQuery, perSession, processors, other);
    }
}
