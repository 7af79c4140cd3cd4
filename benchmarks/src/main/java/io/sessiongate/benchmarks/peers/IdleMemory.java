package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.load.PacedLoad;
import io.sessiongate.benchmarks.load.PacedResult;
import java.io.IOException;
import java.time.Duration;

/**
 * What a kept-alive connection weighs that rests: resident memory with many of them, each of which has asked once, less that
 * of the same process before. Each time in a new process, warm from a load over few connections: memory that was used once
 * is seldom given back, so a second time would show nothing. What the kernel keeps for sockets is in nobody's number.
 */
final class IdleMemory {

    private static final Scenario FEW = new Scenario(Workload.SMALL, 64, 0);
    private static final Duration WARM = Duration.ofSeconds(10);
    private static final Duration NATIVE_WARM = Duration.ofSeconds(2);

    private final Lineup lineup;
    private final Meter meter;
    private final int connections;

    IdleMemory(Lineup lineup, Meter meter, int connections) {
        this.lineup = lineup;
        this.meter = meter;
        this.connections = connections;
    }

    /** Bytes a connection. */
    double measure(PeerSpec spec) throws IOException, InterruptedException {
        Peer peer = lineup.start(spec);
        try {
            meter.measure(peer, FEW, spec.compiles() ? WARM : NATIVE_WARM);
            long before = peer.process().usage().residentBytes();
            try (var load = PacedLoad.connect(peer.address(), connections, Meter.requests(peer, Workload.SMALL))) {
                PacedResult asked = load.askEachOnce();
                if (asked.errors() > 0) {
                    throw new IOException("%d of %d connections of %s were not answered"
                            .formatted(asked.errors(), connections, spec.name()));
                }
                return (double) (peer.process().usage().residentBytes() - before) / connections;
            }
        } finally {
            lineup.stop(peer);
        }
    }
}
