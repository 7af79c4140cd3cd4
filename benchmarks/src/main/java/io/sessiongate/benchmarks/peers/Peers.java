package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.Priority;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sessiongate beside nginx, HAProxy and Spring Cloud Gateway: the same backend, the same client, the same single processor
 * for whoever is measured, in rotating rounds, so that whatever else the machine does meets everyone alike. Installs
 * nothing; says what is missing.
 */
public final class Peers {

    /** For a JIT that is warm but has not seen this scenario. */
    private static final Duration SETTLE = Duration.ofSeconds(30);

    private final PeersOptions options;
    private final Meter meter;
    private final List<Peer> peers = new ArrayList<>();
    private final Results results = new Results();

    private Peers(PeersOptions options, Meter meter) {
        this.options = options;
        this.meter = meter;
    }

    public static void main(String[] arguments) throws Exception {
        PeersOptions options;
        try {
            options = PeersArguments.parse(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("benchmarks/peers: " + e.getMessage());
            System.err.print(PeersOptions.HELP);
            System.exit(2);
            return;
        }
        for (String needed : List.of("wrk", "nginx", "taskset")) {
            if (!Tools.installed(needed)) {
                System.out.println("Skipped: " + needed + " is not installed (Debian packages: wrk nginx util-linux).");
                return;
            }
        }
        System.out.println(Tools.machine());
        List<PeerSpec> specs = Lineup.available(options);
        Tools.pinThisProcess(options.otherCpu());
        Priority.set(options.nice());
        try (var directory = TemporaryDirectory.create("sessiongate-peers-");
                Backend backend = Backend.open(directory.path(), options.users(), options.otherCpu());
                var lineup = new Lineup(backend, options, directory.path())) {
            var wrk = new Wrk(options.otherCpu(), directory.path());
            var meter = new Meter(wrk, options.proxyCpu(), options.otherCpu());
            if (options.profile().isEmpty()) {
                new Peers(options, meter).run(lineup, specs);
            } else {
                new Profiles(options, meter, lineup).run(specs);
            }
        }
    }

    private void run(Lineup lineup, List<PeerSpec> specs) throws IOException, InterruptedException {
        var check = new HonestWork();
        for (PeerSpec spec : specs) {
            Peer peer = lineup.start(spec);
            check.verify(peer);
            peers.add(peer);
        }
        printSetting();
        var warmUp = new WarmUp(meter, System.out);
        Duration atMost = options.warmUp();
        for (Scenario scenario : options.scenarios()) {
            System.out.println();
            for (Peer peer : peers) {
                warmUp.run(peer, scenario, atMost);
            }
            atMost = options.warmUp().compareTo(SETTLE) < 0 ? options.warmUp() : SETTLE;
            rounds(scenario);
            System.out.printf(
                    "%n%s, medians of %d rounds of %d s:%n%n",
                    scenario.text(), options.rounds(), options.slice().toSeconds());
            System.out.print(new Report(results).table(scenario));
        }
    }

    private void printSetting() throws IOException {
        System.out.printf(
                "%s; %s; %d users; measured on processor %d, all else on %d%n",
                Tools.version(List.of("nginx", "-v")),
                Tools.version(List.of("wrk", "-v")).split(" \\[", 2)[0],
                options.users(),
                options.proxyCpu(),
                options.otherCpu());
        for (Peer peer : peers) {
            if (peer.spec().compiles()) {
                System.out.println(peer.name() + " runs on " + peer.process().program());
            }
        }
    }

    private void rounds(Scenario scenario) throws IOException, InterruptedException {
        int count = peers.size();
        for (int round = 0; round < options.rounds(); round++) {
            for (int i = 0; i < count; i++) {
                Peer peer = peers.get((round + i) % count);
                results.add(scenario, Results.Who.of(peer.spec()), meter.measure(peer, scenario, options.slice()));
            }
        }
    }
}
