package io.sessiongate.benchmarks.peers;

/** Samples for tests. */
final class Samples {

    static final Scenario SATURATED = new Scenario(Workload.SMALL, 64, 0);
    static final Scenario PACED = new Scenario(Workload.SMALL, 64, 9600);

    private Samples() {}

    static Sample costing(double userMicros, double systemMicros) {
        return new Sample(userMicros, systemMicros, 50_000, 1, 2, 3, 100, 0.98, 0.01, 0.9, 0.05, 0);
    }

    static Sample of(double cpuMicros, double p99Millis, double residentMebibytes) {
        return new Sample(cpuMicros, 0, 9600, 1, p99Millis, 3, residentMebibytes, 0.5, 0.01, 0.9, 0.05, 0);
    }

    static Results.Who who(PeerSpec spec) {
        return Results.Who.of(spec);
    }
}
