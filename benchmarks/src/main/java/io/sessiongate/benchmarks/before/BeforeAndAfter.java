package io.sessiongate.benchmarks.before;

import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.process.ProcessUsage;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.DemoData.Login;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The situation the gateway cures, and the cure: the same load on the demo application that validates each request
 * itself (pool of 20, wait of 20 s), then on the same application behind the gateway.
 */
public final class BeforeAndAfter {

    private static final int WARM_UP_USERS = 50;
    private static final int USERS = 500;
    private static final Duration SESSION_LIFE = Duration.ofHours(6);

    private static final String HELP = """
            usage: benchmarks/before-and-after [--only WORD] [--paced-seconds 180] [--paced-users 100] [--warm-up 10]
              --only   leaves out every load whose name does not contain WORD
            """;

    private final Table table = new Table(
            "load",
            "",
            "requests",
            "good",
            "failed",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "session queries",
            "sessions looked up",
            "fewer queries",
            "connections app + gateway",
            "CPU s app + gateway + PostgreSQL",
            "RSS MB app + gateway");

    private BeforeAndAfter() {}

    public static void main(String[] arguments) throws Exception {
        String only = "";
        int pacedSeconds = 180;
        int pacedUsers = 100;
        int warmUpSeconds = 10;
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--only" -> only = value;
                case "--paced-seconds" -> pacedSeconds = Integer.parseInt(value);
                case "--paced-users" -> pacedUsers = Integer.parseInt(value);
                case "--warm-up" -> warmUpSeconds = Integer.parseInt(value);
                default -> {
                    System.err.print(HELP);
                    System.exit(2);
                }
            }
        }
        String word = only;
        List<Scenario> scenarios = Scenario.all(Duration.ofSeconds(pacedSeconds), pacedUsers).stream()
                .filter(s -> s.name().contains(word))
                .toList();
        new BeforeAndAfter().run(scenarios, Math.max(USERS, pacedUsers), Duration.ofSeconds(warmUpSeconds));
    }

    private void run(List<Scenario> scenarios, int users, Duration warmUp) throws Exception {
        System.out.println(Tools.machine());
        try (var directory = TemporaryDirectory.create("sessiongate-before-and-after-");
                EmbeddedDatabase database = EmbeddedDatabase.start()) {
            String secret = SessionTokens.randomSecret();
            var tokens = new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system());
            var data = new DemoData(database, tokens);
            data.install();
            List<Login> logins = data.logInMany(WARM_UP_USERS + users, "admin", SESSION_LIFE);
            var trial = new Trial(
                    database,
                    secret,
                    directory.path(),
                    logins.subList(0, WARM_UP_USERS),
                    logins.subList(WARM_UP_USERS, logins.size()),
                    warmUp);
            for (Scenario scenario : scenarios) {
                if (scenario.tool() == Scenario.Tool.AB && !Tools.installed("ab")) {
                    System.err.println(scenario.name() + ": skipped, ab is not installed (apache2-utils)");
                    continue;
                }
                System.err.println(scenario.name() + "...");
                Trial.Outcome before = trial.alone(scenario);
                row(scenario.name(), "alone", before, null);
                row("", "gateway", trial.behindTheGateway(scenario), before);
            }
        }
        System.out.println();
        System.out.print(table);
    }

    private void row(String name, String side, Trial.Outcome outcome, Trial.@Nullable Outcome before) {
        var load = outcome.load();
        System.err.printf(
                "  %s: %d requests, %d good, %d session queries%n",
                side, load.requests(), load.good(), outcome.queries().statements());
        ProcessUsage gateway = outcome.gateway();
        table.row(
                name,
                side,
                load.requests(),
                load.good(),
                failures(outcome),
                text("%,.0f", load.requestsPerSecond()),
                text("%,.1f", load.percentileMillis(50)),
                text("%,.1f", load.percentileMillis(99)),
                outcome.queries().statements(),
                outcome.queries().rows(),
                before == null ? "" : text("%.2f %%", 100 * (1 - share(outcome) / share(before))),
                outcome.applicationConnections() + (gateway == null ? "" : " + " + outcome.gatewayConnections()),
                seconds(outcome.application())
                        + (gateway == null ? "" : " + " + seconds(gateway))
                        + " + "
                        + seconds(outcome.postgres()),
                megabytes(outcome.application()) + (gateway == null ? "" : " + " + megabytes(gateway)));
    }

    /** Session queries a request. */
    private static double share(Trial.Outcome outcome) {
        return (double) outcome.queries().statements() / outcome.load().requests();
    }

    private static String failures(Trial.Outcome outcome) {
        String failures = outcome.load().outcomes().entrySet().stream()
                .filter(e -> !e.getKey().startsWith("2"))
                .map(e -> e.getValue() + " × " + e.getKey())
                .collect(Collectors.joining(", "));
        return failures.isEmpty() ? "0" : failures;
    }

    private static String seconds(ProcessUsage usage) {
        return text("%.1f", usage.cpuMicros() / 1e6);
    }

    private static String megabytes(ProcessUsage usage) {
        return text("%.0f", usage.residentBytes() / 1e6);
    }

    private static String text(String format, double number) {
        return String.format(Locale.ROOT, format, number);
    }
}
