package io.sessiongate.cli;

import io.sessiongate.session.simulation.CapacityPlan;
import io.sessiongate.session.simulation.PlanRequest;
import io.sessiongate.session.simulation.Planner;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Says how many connections and queries so many users will need, from a simulation of the product's own code. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How many queries and connections will it take? Simulates a gateway with its share of the requests, with",
            "the code that decides and asks in the product, and a model of PostgreSQL. Connects to nothing.",
            "",
            "Example:",
            "  sessiongate plan --users 20000 --requests-per-minute 20 --gateways 4 --push",
            "",
        })
final class PlanCommand implements Callable<Integer> {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Option(names = "--users", required = true, paramLabel = "N", description = "Users active at once, 1 to 100000000.")
    private int users;

    @Option(
            names = "--requests-per-minute",
            required = true,
            paramLabel = "R",
            description = "Requests of each active user a minute, on average; more than 0, to 6000.")
    private double requestsPerMinute;

    @Option(
            names = "--gateways",
            required = true,
            paramLabel = "G",
            description = "Gateways that share the requests evenly, 1 to 1000.")
    private int gateways;

    @Option(
            names = "--revalidate-after",
            paramLabel = "TIME",
            converter = PlanCommandTime.class,
            defaultValue = "60s",
            description = "As in the configuration (${DEFAULT-VALUE}), 1s to 1h.")
    private Duration revalidateAfter = Duration.ZERO;

    @Option(
            names = "--connection-limit",
            paramLabel = "L",
            description = "Plan with this connection_limit, 1 to 100, instead of the recommended one.")
    private @Nullable Integer connectionLimit;

    @Option(
            names = "--query-time",
            paramLabel = "TIME",
            converter = PlanCommandTime.class,
            defaultValue = "2ms",
            description = "A check of one session, the network included (${DEFAULT-VALUE}), 1ms to 4s.")
    private Duration queryTime = Duration.ZERO;

    @Option(names = "--push", description = "Each gateway listens for revocations, which takes one connection more.")
    private boolean push;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        within("--users", users, 1, 100_000_000, "");
        require(
                requestsPerMinute > 0 && requestsPerMinute <= 6_000,
                "--requests-per-minute is " + requestsPerMinute + ", and has to be more than 0 and at most 6000");
        within("--gateways", gateways, 1, 1_000, "");
        within("--revalidate-after", revalidateAfter.toMillis(), 1_000, 3_600_000, " ms");
        within("--query-time", queryTime.toMillis(), 1, 4_000, " ms");
        if (connectionLimit != null) {
            within("--connection-limit", connectionLimit, 1, 100, "");
        }
        PlanRequest request =
                new PlanRequest(users, requestsPerMinute, gateways, revalidateAfter, connectionLimit, queryTime, push);
        CapacityPlan plan = Planner.plan(request);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(asMap(plan)));
        } else {
            print(plan, out);
        }
        out.flush();
        return ExitCode.OK;
    }

    private void print(CapacityPlan plan, PrintWriter out) {
        line(
                out,
                "%,d users, %s requests a minute each, %,d gateway(s), checked every %s",
                users,
                plain(requestsPerMinute),
                gateways,
                plain(revalidateAfter.toMillis() / 1000.0) + " s");
        line(out, "");
        line(
                out,
                "Session queries    %s a second without, %s with: %s %% fewer",
                rate(plan.queriesPerSecondWithout()),
                rate(plan.queriesPerSecond()),
                number("%.1f", 100 - 100 * plan.queriesPerSecond() / plan.queriesPerSecondWithout()));
        line(out, "Sessions a query   %s", number("%.1f", plan.sessionsPerQuery()));
        line(out, "connection_limit   %d for each gateway%s", plan.connectionLimit(), advice(plan));
        line(
                out,
                "max_connections    %,d for the gateways: (%d checks + 1 writer%s) x %,d, twice for a rollout, + 3 reserved;",
                plan.maxConnections(),
                plan.connectionLimit(),
                push ? " + 1 listener" : "",
                gateways);
        line(out, "                   add what the application opens");
        line(
                out,
                "Waits              %s %% of requests wait for a check, p50 %s ms, p99 %s ms",
                percent(plan.waitedShare()),
                number("%.1f", plan.waitP50Millis()),
                number("%.1f", plan.waitP99Millis()));
        line(
                out,
                "Cold start         %s %% wait at first, p99 %s ms; were every session to come within one second,",
                percent(plan.coldWaitedShare()),
                number("%.1f", plan.coldWaitP99Millis()));
        line(out, "                   all would be checked after %s s", number("%.1f", plan.coldSeconds()));
        line(out, "");
        line(
                out,
                "From a simulation of one gateway with its share of the requests, against a PostgreSQL of two processors");
        line(out, "with queries of %s ms.%s", queryTime.toMillis(), scale(plan));
    }

    private static String scale(CapacityPlan plan) {
        if (plan.oneUserIn() <= 1) {
            return "";
        }
        String some = number(" One user in %.1f was simulated, with a database slower by as much.", plan.oneUserIn());
        return plan.tooManyQueries() ? some + " There will be fewer queries than that found." : some;
    }

    private static String advice(CapacityPlan plan) {
        if (plan.connectionLimit() == plan.recommendedConnectionLimit()) {
            return " (the smallest that carries twice the traffic from an empty memory)";
        }
        return plan.connectionLimit() < plan.recommendedConnectionLimit()
                ? " as you said: FEWER than the recommended " + plan.recommendedConnectionLimit()
                : " as you said; " + plan.recommendedConnectionLimit() + " would do";
    }

    private static Map<String, Object> asMap(CapacityPlan plan) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("queriesPerSecondWithout", rounded(plan.queriesPerSecondWithout()));
        map.put("queriesPerSecond", rounded(plan.queriesPerSecond()));
        map.put("checksPerSecond", rounded(plan.checksPerSecond()));
        map.put("sessionsPerQuery", rounded(plan.sessionsPerQuery()));
        map.put("connectionLimit", plan.connectionLimit());
        map.put("recommendedConnectionLimit", plan.recommendedConnectionLimit());
        map.put("maxConnections", plan.maxConnections());
        map.put("waitedShare", rounded(plan.waitedShare()));
        map.put("waitP50Millis", rounded(plan.waitP50Millis()));
        map.put("waitP99Millis", rounded(plan.waitP99Millis()));
        map.put("coldWaitedShare", rounded(plan.coldWaitedShare()));
        map.put("coldWaitP99Millis", rounded(plan.coldWaitP99Millis()));
        map.put("coldSeconds", rounded(plan.coldSeconds()));
        map.put("oneUserIn", rounded(plan.oneUserIn()));
        map.put("tooManyQueries", plan.tooManyQueries());
        return map;
    }

    private void within(String option, long value, long least, long most, String unit) {
        require(
                value >= least && value <= most,
                option + " is " + value + unit + ", and has to be " + least + unit + " to " + most + unit);
    }

    private void require(boolean right, String otherwise) {
        if (!right) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String rate(double value) {
        return number(value < 10 ? "%.1f" : "%,.0f", value);
    }

    private static String percent(double share) {
        return number("%.1f", share * 100);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? number("%.0f", value) : Double.toString(value);
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
