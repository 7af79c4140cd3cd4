package io.sessiongate.benchmarks.before;

import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import java.time.Duration;
import java.util.List;

/**
 * One load, the same for both sides.
 *
 * @param queryDelay what each session query takes on the server beyond its own work
 * @param users each with a session and, unless {@code connections} says otherwise, a connection of its own
 */
record Scenario(String name, Duration queryDelay, int users, int connections, Pace pace, Tool tool) {

    /** What sends the load. */
    enum Tool {
        GENERATOR,
        AB
    }

    /** What the original report ran, and what its author feared. */
    static List<Scenario> all(Duration paced, int pacedUsers) {
        return List.of(
                new Scenario(
                        "1,000 requests, 50 at a time, one user",
                        Duration.ZERO,
                        1,
                        50,
                        new Pace.Count(1_000),
                        Tool.GENERATOR),
                new Scenario("ab -n 1000 -c 50, one user", Duration.ZERO, 1, 50, new Pace.Count(1_000), Tool.AB),
                new Scenario(
                        "500 concurrent users, query of 50 ms",
                        Duration.ofMillis(50),
                        500,
                        500,
                        new Pace.During(Duration.ofSeconds(30)),
                        Tool.GENERATOR),
                new Scenario(
                        "500 concurrent users, query of 1 s",
                        Duration.ofSeconds(1),
                        500,
                        500,
                        new Pace.During(Duration.ofSeconds(60)),
                        Tool.GENERATOR),
                paced("20 a minute", Duration.ofSeconds(3), paced, pacedUsers),
                paced("1 a second", Duration.ofSeconds(1), paced, pacedUsers),
                paced("20 a minute", Duration.ofSeconds(3), paced, 1));
    }

    private static Scenario paced(String rate, Duration interval, Duration length, int users) {
        return new Scenario(
                "%d user%s, %s each, for %d s".formatted(users, users == 1 ? "" : "s", rate, length.toSeconds()),
                Duration.ZERO,
                users,
                users,
                new Pace.Every(interval, length),
                Tool.GENERATOR);
    }
}
