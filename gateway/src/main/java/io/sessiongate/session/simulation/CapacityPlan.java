package io.sessiongate.session.simulation;

/**
 * What a simulation of one gateway came to, for all of them.
 *
 * @param queriesPerSecondWithout of an application that asks with each request
 * @param queriesPerSecond with the gateways
 * @param checksPerSecond sessions in those
 * @param sessionsPerQuery on average
 * @param connectionLimit the one that was asked about, else the recommended one
 * @param recommendedConnectionLimit the smallest that carries twice the traffic from an empty memory without a longer wait
 * @param maxConnections that PostgreSQL should have beside what the application opens
 * @param waitedShare of the requests, in the steady state
 * @param waitP50Millis of those
 * @param waitP99Millis of those
 * @param coldWaitedShare of the requests in the first interval with nothing in memory
 * @param coldWaitP99Millis of those
 * @param coldSeconds until all sessions were checked when they all ask a gateway within one second
 * @param oneUserIn how many was simulated; 1 is all of them
 * @param tooManyQueries whether that found more queries than there will be
 */
public record CapacityPlan(
        double queriesPerSecondWithout,
        double queriesPerSecond,
        double checksPerSecond,
        double sessionsPerQuery,
        int connectionLimit,
        int recommendedConnectionLimit,
        int maxConnections,
        double waitedShare,
        double waitP50Millis,
        double waitP99Millis,
        double coldWaitedShare,
        double coldWaitP99Millis,
        double coldSeconds,
        double oneUserIn,
        boolean tooManyQueries) {}
