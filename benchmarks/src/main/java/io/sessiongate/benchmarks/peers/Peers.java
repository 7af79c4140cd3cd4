package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Sessiongate beside nginx (and HAProxy where it is installed): the same backend, the same client, the same single
 * processor for whoever is measured, in rotating rounds, so that whatever else the machine does meets everyone alike.
 * Installs nothing; says what is missing.
 */
public final class Peers {

    private static final Duration STEADY_SLICE = Duration.ofSeconds(5);
    private static final double STEADY_WITHIN = 0.03;
    private static final int STEADY_SLICES = 3;

    private final PeersOptions options;
    private final Field field;
    private final Wrk wrk;

    private Peers(PeersOptions options, Field field, Wrk wrk) {
        this.options = options;
        this.field = field;
        this.wrk = wrk;
    }

    public static void main(String[] arguments) throws Exception {
        PeersOptions options;
        try {
            options = PeersOptions.parse(List.of(arguments));
        } catch (IllegalArgumentException e) {
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
        try (var directory = TemporaryDirectory.create("sessiongate-peers-");
                Field field = Field.open(directory.path(), options)) {
            var wrk = new Wrk(options.otherCpu(), options.connections(), directory.path(), field.tokens());
            new Peers(options, field, wrk).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        field.verify();
        System.out.printf(
                Locale.ROOT,
                "%s; %s; %d connections, %d users, 1 KiB answers; measured on processor %d, all else on %d%n",
                Tools.version(List.of("nginx", "-v")),
                Tools.version(List.of("wrk", "-v")).split(" \\[", 2)[0],
                options.connections(),
                options.users(),
                options.proxyCpu(),
                options.otherCpu());
        System.out.println(
                "Sessiongate runs on " + field.sessiongate().process().program());
        for (Peer peer : measured()) {
            warmUp(peer);
        }
        System.out.printf(
                "%nAs fast as it goes (medians of %d rounds of %s):%n", options.rounds(), text(options.slice()));
        print(rounds(peer -> peer.saturated(wrk, options.slice())));
        if (options.rate() > 0) {
            System.out.printf(
                    "%nAt %d requests a second (medians of %d rounds of %s; latency from when a request was due):%n",
                    options.rate(), options.rounds(), text(options.slice()));
            Peer first = measured().get(0);
            first.paced(field.tokens(), options.connections(), options.rate(), STEADY_SLICE);
            print(rounds(peer -> peer.paced(field.tokens(), options.connections(), options.rate(), options.slice())));
        }
    }

    /** Until three slices in a row cost the same within 3 %: on one processor the JIT starves for a long time. */
    private void warmUp(Peer peer) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + options.warmUp().toNanos();
        var costs = new ArrayList<Double>();
        do {
            costs.add(peer.saturated(wrk, STEADY_SLICE).cpuMicros());
        } while (!steady(costs) && System.nanoTime() - deadline < 0);
        System.out.printf(
                Locale.ROOT,
                "warm-up of %s: %s, %.1f to %.1f µs a request%s%n",
                peer.name(),
                text(STEADY_SLICE.multipliedBy(costs.size())),
                costs.get(0),
                costs.get(costs.size() - 1),
                steady(costs) ? "" : ", NOT STEADY");
    }

    private static boolean steady(List<Double> costs) {
        if (costs.size() < STEADY_SLICES) {
            return false;
        }
        List<Double> last = costs.subList(costs.size() - STEADY_SLICES, costs.size());
        double highest = last.stream().mapToDouble(c -> c).max().orElse(0);
        double lowest = last.stream().mapToDouble(c -> c).min().orElse(0);
        return highest - lowest <= STEADY_WITHIN * highest;
    }

    private List<Peer> measured() {
        return field.peers().stream()
                .filter(p -> p.equals(field.plainNginx()) || p.name().contains(options.only()))
                .toList();
    }

    private Map<Peer, Sample> rounds(Measurement measurement) throws IOException, InterruptedException {
        var samples = new LinkedHashMap<Peer, List<Sample>>();
        List<Peer> peers = measured();
        peers.forEach(p -> samples.put(p, new ArrayList<>()));
        int count = peers.size();
        for (int round = 0; round < options.rounds(); round++) {
            for (int i = 0; i < count; i++) {
                Peer peer = peers.get((round + i) % count);
                samples.computeIfAbsent(peer, p -> new ArrayList<>()).add(measurement.of(peer));
            }
        }
        var medians = new LinkedHashMap<Peer, Sample>();
        samples.forEach((peer, all) -> medians.put(peer, Sample.median(all)));
        return medians;
    }

    /** One measurement of one peer. */
    private interface Measurement {
        Sample of(Peer peer) throws IOException, InterruptedException;
    }

    private void print(Map<Peer, Sample> medians) {
        double plain = Objects.requireNonNull(medians.get(field.plainNginx())).cpuMicros();
        var table = new Table(
                "",
                "CPU µs a request (user / system)",
                "to nginx",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "RSS MB",
                "busy",
                "errors");
        medians.forEach((peer, s) -> table.row(
                peer.name(),
                String.format(Locale.ROOT, "%.1f (%.1f / %.1f)", s.cpuMicros(), s.userMicros(), s.systemMicros()),
                String.format(Locale.ROOT, "%.2f", s.cpuMicros() / plain),
                String.format(Locale.ROOT, "%,.0f", s.requestsPerSecond()),
                String.format(Locale.ROOT, "%.2f", s.p50Millis()),
                String.format(Locale.ROOT, "%.2f", s.p99Millis()),
                String.format(Locale.ROOT, "%.0f", s.residentMegabytes()),
                String.format(Locale.ROOT, "%.0f %%", 100 * s.busy()),
                s.errors()));
        System.out.print(table);
    }

    private static String text(Duration duration) {
        return duration.toSeconds() + " s";
    }
}
