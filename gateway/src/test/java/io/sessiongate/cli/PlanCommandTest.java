package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code plan} says of so many users. */
class PlanCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        List<String> arguments = new ArrayList<>(List.of("plan"));
        arguments.addAll(List.of(options));
        return line.execute(arguments.toArray(String[]::new));
    }

    private JsonNode json(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--json");
        assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
        JsonNode plan = JsonMapper.builder().build().readTree(out.toString());
        out.getBuffer().setLength(0);
        return plan;
    }

    @Test
    void saysWhatItTakesForAPerson() {
        int code = run("--users", "1000", "--requests-per-minute", "20", "--gateways", "2", "--push");

        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("1,000 users, 20 requests a minute each, 2 gateway(s)")
                .contains("333 a second without")
                .contains("connection_limit   2 for each gateway (the smallest")
                .contains("max_connections    19 for the gateways: (2 checks + 1 writer + 1 listener) x 2");
    }

    @Test
    void isTheSameEachTime() {
        String[] options = {"--users", "500", "--requests-per-minute", "10", "--gateways", "1"};

        assertThat(json(options)).isEqualTo(json(options));
    }

    @Test
    void aLongerIntervalTakesFewerQueries() {
        String[] options = {
            "--users", "500", "--requests-per-minute", "10", "--gateways", "1", "--revalidate-after", "60s"
        };
        String[] longer = {
            "--users", "500", "--requests-per-minute", "10", "--gateways", "1", "--revalidate-after", "5m"
        };

        double every60s = json(options).get("queriesPerSecond").asDouble();
        double every5m = json(longer).get("queriesPerSecond").asDouble();

        assertThat(every60s).isLessThan(500 * 10 / 60.0 * 0.2);
        assertThat(every5m).isLessThan(every60s / 3);
    }

    @Test
    void aSlowDatabaseNeedsMoreConnectionsAndSaysSoWhereFewerAreWanted() {
        JsonNode slow =
                json("--users", "20000", "--requests-per-minute", "6", "--gateways", "1", "--query-time", "200ms");

        assertThat(slow.get("recommendedConnectionLimit").asInt()).isGreaterThan(2);

        run(
                "--users",
                "20000",
                "--requests-per-minute",
                "6",
                "--gateways",
                "1",
                "--query-time",
                "200ms",
                "--connection-limit",
                "1");

        assertThat(out.toString()).contains("1 for each gateway as you said: FEWER than the recommended");
    }

    @Test
    void planningForMillionsSimulatesSomeOfThem() {
        JsonNode plan = json("--users", "5000000", "--requests-per-minute", "2", "--gateways", "20");

        assertThat(plan.get("oneUserIn").asDouble()).isGreaterThan(2);
        assertThat(plan.get("queriesPerSecondWithout").asDouble()).isEqualTo(166_666.667);
        assertThat(plan.get("queriesPerSecond").asDouble()).isLessThan(100_000);
        assertThat(plan.get("sessionsPerQuery").asDouble()).isGreaterThan(1.5);
    }

    @Test
    void someUsersOutOfManyFindWhatAllFind() {
        String[] all = {"--users", "50000", "--requests-per-minute", "3", "--gateways", "1"};
        String[] some = {"--users", "500000", "--requests-per-minute", "3", "--gateways", "10"};

        JsonNode one = json(all);
        JsonNode ten = json(some);

        assertThat(one.get("oneUserIn").asDouble()).isEqualTo(1);
        assertThat(ten.get("oneUserIn").asDouble()).isGreaterThan(2);
        assertThat(ten.get("waitP99Millis").asDouble()).isBetween(3.0, 12.0);
        assertThat(ten.get("checksPerSecond").asDouble())
                .isGreaterThan(one.get("checksPerSecond").asDouble());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--users=0 --requests-per-minute=1 --gateways=1|--users is 0, and has to be 1 to 100000000",
                "--users=1 --requests-per-minute=0 --gateways=1|--requests-per-minute is 0.0, and has to be more than 0",
                "--users=1 --requests-per-minute=NaN --gateways=1|--requests-per-minute is NaN",
                "--users=1 --requests-per-minute=1 --gateways=0|--gateways is 0, and has to be 1 to 1000",
                "--users=1 --requests-per-minute=1 --gateways=1 --connection-limit=0|--connection-limit is 0",
                "--users=1 --requests-per-minute=1 --gateways=1 --query-time=5s|--query-time is 5000 ms",
                "--users=1 --requests-per-minute=1 --gateways=1 --revalidate-after=100ms|--revalidate-after is 100 ms",
                "--users=1 --requests-per-minute=1 --gateways=1 --query-time=2|'2' is no time such as 2ms, 60s",
                "--users=many --requests-per-minute=1 --gateways=1|'many' is not an int",
                "--users=1 --gateways=1|Missing required option: '--requests-per-minute=R'",
            })
    void refusesWhatCannotBePlannedFor(String options, String message) {
        int code = run(options.split(" ", -1));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        assertThat(out.toString()).isEmpty();
    }
}
