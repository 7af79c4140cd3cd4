package io.sessiongate.benchmarks.floods;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.PacedLoad;
import io.sessiongate.benchmarks.load.PacedResult;
import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.ProcessUsage;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Floods of HTTP/2 against Sessiongate, nginx and HAProxy in turn, while others ask at a steady rate: what a flood takes of a
 * processor and of memory, how soon its connections are cut off, and what the others notice.
 */
public final class Floods {

    private static final String HELP = """
            usage: benchmarks/floods [--seconds 5] [--rounds 3] [--attackers 8] [--rate 200]
            """;
    private static final int OTHERS = 16;
    private static final int WARM_UP_RATE = 2_000;
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final double MIB = 1024.0 * 1024;

    private final Duration length;
    private final int attackers;
    private final int rate;

    private Floods(Duration length, int attackers, int rate) {
        this.length = length;
        this.attackers = attackers;
        this.rate = rate;
    }

    /** What one flood did to one server in one round; {@code blows} and what is counted with it are 0 without a flood. */
    private record Seen(
            double busy, double residentMib, double grownMib, long cutOff, long blows, PacedResult others) {}

    public static void main(String[] arguments) throws Exception {
        int seconds = 5;
        int rounds = 3;
        int attackers = 8;
        int rate = 200;
        for (int i = 0; i < arguments.length; i += 2) {
            int value = i + 1 < arguments.length ? Integer.parseInt(arguments[i + 1]) : 0;
            switch (arguments[i]) {
                case "--seconds" -> seconds = value;
                case "--rounds" -> rounds = value;
                case "--attackers" -> attackers = value;
                case "--rate" -> rate = value;
                default -> {
                    System.err.print(HELP);
                    System.exit(2);
                }
            }
        }
        System.out.println(Tools.machine());
        Tools.pinThisProcess(1);
        new Floods(Duration.ofSeconds(seconds), attackers, rate).run(rounds);
    }

    @SuppressWarnings("try") // the application is only there
    private void run(int rounds) throws IOException, InterruptedException {
        InetSocketAddress application = Tools.freeAddress();
        try (var directory = TemporaryDirectory.create("sessiongate-floods-");
                ChildProcess behind = Target.application(folder(directory, "application"), application);
                Target sessiongate = Target.sessiongate(folder(directory, "sessiongate"), application);
                Target nginx = Target.nginx(folder(directory, "nginx"), application);
                Target haproxy = Target.haproxy(folder(directory, "haproxy"), application)) {
            List<Target> targets = List.of(sessiongate, nginx, haproxy);
            for (Target target : targets) {
                try (PacedLoad load = others(target)) {
                    load.run(WARM_UP_RATE, WARM_UP);
                }
            }
            var floods = new ArrayList<@Nullable Flood>(List.of(Flood.values()));
            floods.add(0, null);
            var table = new Table(
                    "flood",
                    "",
                    "busy %",
                    "cut off/s",
                    "blows/s",
                    "CPU µs a blow",
                    "RSS MiB",
                    "grown MiB",
                    "others p50 ms",
                    "p99 ms",
                    "failed");
            for (Flood flood : floods) {
                for (Target target : targets) {
                    round(target, flood);
                }
                List<List<Seen>> seen =
                        targets.stream().<List<Seen>>map(t -> new ArrayList<>()).toList();
                for (int i = 0; i < rounds; i++) {
                    for (int t = 0; t < targets.size(); t++) {
                        seen.get(t).add(round(targets.get(t), flood));
                    }
                }
                for (int t = 0; t < targets.size(); t++) {
                    row(table, name(flood), targets.get(t).name(), seen.get(t));
                }
                System.err.println(name(flood) + " done");
            }
            System.out.println(table);
        }
    }

    private static String name(@Nullable Flood flood) {
        return flood == null ? "none" : flood.toString();
    }

    private static Path folder(TemporaryDirectory directory, String name) throws IOException {
        return Files.createDirectories(directory.path().resolve(name));
    }

    private static PacedLoad others(Target target) throws IOException, InterruptedException {
        return PacedLoad.connect(target.http1(), OTHERS, List.of(LoadPlan.get(target.http1(), "/small", "")));
    }

    private Seen round(Target target, @Nullable Flood flood) throws IOException, InterruptedException {
        try (PacedLoad load = others(target)) {
            ProcessUsage before = target.process().usage();
            long begun = System.nanoTime();
            Attackers flooding = flood == null ? null : new Attackers(flood, target.http2(), attackers);
            PacedResult result;
            ProcessUsage after;
            long cutOff = 0;
            try {
                result = load.run(rate, length);
                after = target.process().usage().since(before);
                cutOff = flooding == null ? 0 : flooding.cutOff();
            } finally {
                if (flooding != null) {
                    flooding.close();
                }
            }
            double micros = (System.nanoTime() - begun) / 1e3;
            Thread.sleep(PAUSE.toMillis());
            return new Seen(
                    100 * after.cpuMicros() / micros,
                    after.residentBytes() / MIB,
                    (after.residentBytes() - before.residentBytes()) / MIB,
                    cutOff,
                    flooding == null ? 0 : flooding.blows(),
                    result);
        }
    }

    private void row(Table table, String flood, String target, List<Seen> rounds) {
        double seconds = length.toNanos() / 1e9;
        double blows = median(rounds, Seen::blows);
        table.row(
                flood,
                target,
                "%.0f".formatted(median(rounds, Seen::busy)),
                "%,.0f".formatted(median(rounds, Seen::cutOff) / seconds),
                "%,.0f".formatted(blows / seconds),
                blows == 0 ? "" : "%.2f".formatted(median(rounds, Seen::busy) * seconds * 1e4 / blows),
                "%.0f".formatted(median(rounds, Seen::residentMib)),
                "%.0f".formatted(rounds.stream().mapToDouble(Seen::grownMib).sum()),
                "%.1f".formatted(median(rounds, seen -> seen.others().percentileMillis(50))),
                "%.1f".formatted(median(rounds, seen -> seen.others().percentileMillis(99))),
                "%.0f"
                        .formatted(rounds.stream()
                                .mapToDouble(seen -> seen.others().errors())
                                .sum()));
    }

    private static double median(List<Seen> rounds, ToDoubleFunction<Seen> value) {
        double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
