package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.Priority;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Sessiongate beside nginx, HAProxy and Spring Cloud Gateway: the same backend, the same client, the same single processor
 * for whoever is measured, in rotating rounds, so that whatever else the machine does meets everyone alike. Installs
 * nothing; says what is missing.
 */
public final class Peers {

    /** For a JIT that is warm but has not seen this scenario. */
    private static final Duration SETTLE = Duration.ofSeconds(30);

    /** Each of 10,000 clients, a connection to the application for each, and a file of the cache. */
    private static final int ENOUGH_FILES = 32_000;

    private static final int MANY = 10_000;

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
        if (!options.render().isEmpty()) {
            render(options);
            return;
        }
        for (String needed : List.of("wrk", "nginx", "taskset")) {
            if (!Tools.installed(needed)) {
                System.out.println("Skipped: " + needed + " is not installed (Debian packages: wrk nginx util-linux).");
                return;
            }
        }
        String machine = Tools.machine();
        System.out.println(machine);
        List<PeerSpec> specs = Lineup.available(options);
        Tools.pinThisProcess(options.otherCpu());
        Priority.set(options.nice());
        try (var directory = TemporaryDirectory.create("sessiongate-peers-");
                Backend backend = Backend.open(directory.path(), options.users(), options.otherCpu());
                var lineup = new Lineup(backend, options, directory.path())) {
            var wrk = new Wrk(options.otherCpu(), directory.path());
            var meter = new Meter(wrk, backend.process(), options.proxyCpu());
            if (options.profile().isEmpty()) {
                new Peers(options, meter).run(lineup, specs, machine);
            } else {
                new Profiles(options, meter, lineup).run(specs);
            }
        }
    }

    /** A saved run once more, without measuring anything. */
    private static void render(PeersOptions options) throws IOException {
        Path file = Path.of(options.render());
        SavedResults.about(file).forEach(System.out::println);
        Results results = SavedResults.read(file);
        for (Scenario scenario : results.scenarios()) {
            System.out.printf("%n%s:%n%n%s", scenario.text(), new Report(results).table(scenario));
        }
        finish(options, results);
    }

    private static void finish(PeersOptions options, Results results) throws IOException {
        var outcome = new Outcome(options, results);
        if (!results.idle().isEmpty()) {
            System.out.printf("%nMemory of idle kept-alive connections:%n%n%s", outcome.idle());
        }
        String goals = outcome.goals();
        System.out.print(goals.isEmpty() ? "" : "\nGoals:\n\n" + goals);
        outcome.draw();
    }

    private void run(Lineup lineup, List<PeerSpec> specs, String machine) throws IOException, InterruptedException {
        var check = new HonestWork();
        for (PeerSpec spec : specs) {
            Peer peer = lineup.start(spec);
            check.verify(peer);
            peers.add(peer);
        }
        List<String> about = about(machine);
        about.forEach(System.out::println);
        var warmUp = new WarmUp(meter, System.out);
        Duration atMost = options.warmUp();
        for (Scenario scenario : options.scenarios()) {
            System.out.println();
            var able = new ArrayList<Peer>();
            for (Peer peer : peers) {
                if (warmUp.run(peer, scenario, atMost.multipliedBy(peer.spec().patience()))) {
                    able.add(peer);
                }
            }
            atMost = options.warmUp().compareTo(SETTLE) < 0 ? options.warmUp() : SETTLE;
            rounds(scenario, able);
            System.out.printf("%n%s:%n%n%s", scenario.text(), new Report(results).table(scenario));
            new Outcome(options, results).save(about);
        }
        if (options.idle() > 0) {
            peers.forEach(lineup::stop);
            idle(new IdleMemory(lineup, meter, options.idle()), specs);
            new Outcome(options, results).save(about);
        }
        finish(options, results);
    }

    private void idle(IdleMemory memory, List<PeerSpec> specs) throws InterruptedException {
        Set<PeerSpec> failed = new HashSet<>();
        for (int round = 0; round < options.rounds(); round++) {
            for (PeerSpec spec : specs) {
                if (!spec.equals(PeerSpec.DIRECT) && !failed.contains(spec)) {
                    try {
                        results.addIdle(Results.Who.of(spec), memory.measure(spec));
                    } catch (IOException e) {
                        // One that cannot hold so many is no reason to lose what was measured of the others.
                        failed.add(spec);
                        System.out.println(e.getMessage());
                    }
                }
            }
        }
    }

    /** The circumstances, which belong to every number. */
    private List<String> about(String machine) throws IOException {
        var about = new ArrayList<String>();
        about.add(machine);
        about.add("%s; %s; %s"
                .formatted(
                        Tools.version(List.of("nginx", "-v")),
                        Tools.installed("haproxy") ? Tools.version(List.of("haproxy", "-v")) : "no HAProxy",
                        Tools.version(List.of("wrk", "-v")).split(" \\[", 2)[0]));
        about.add("%d users; measured on processor %d, all else on %d; medians of %d rounds of %d s"
                .formatted(
                        options.users(),
                        options.proxyCpu(),
                        options.otherCpu(),
                        options.rounds(),
                        options.slice().toSeconds()));
        int files = Tools.openFiles();
        if (files < ENOUGH_FILES && options.connections().stream().anyMatch(c -> c >= MANY)) {
            about.add("a process may open %d files: nginx with its cache needs more at saturation, see its errors"
                    .formatted(files));
        }
        for (Peer peer : peers) {
            if (peer.spec().compiles()) {
                about.add(peer.name() + " runs on "
                        + Tools.version(List.of(peer.process().program(), "--version")));
            }
        }
        return about;
    }

    private void rounds(Scenario scenario, List<Peer> able) throws IOException, InterruptedException {
        int count = able.size();
        for (int round = 0; round < options.rounds(); round++) {
            for (int i = 0; i < count; i++) {
                Peer peer = able.get((round + i) % count);
                results.add(
                        scenario,
                        Results.Who.of(peer.spec()),
                        meter.measure(peer, scenario, scenario.length(options.slice())));
            }
        }
    }
}
