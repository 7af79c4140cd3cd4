package io.sessiongate.session.simulation;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SimulatedDatabase;
import io.sessiongate.session.SimulatedFleet;
import io.sessiongate.session.SimulationResult;
import io.sessiongate.session.SimulationSettings;
import io.sessiongate.session.simulation.Scenario.Column;
import io.sessiongate.session.simulation.Scenario.Variant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The scenarios of docs/simulation.md. The same seed gives the same report. */
public final class Scenarios {

    /** That of the checked-in report. */
    public static final long SEED = 1;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration LONGER = Duration.ofMinutes(10);

    private final long seed;

    public Scenarios(long seed) {
        this.seed = seed;
    }

    /** All of them, in the report's order. */
    public List<Scenario> all() {
        return List.of(
                steadyDay(),
                coldStart(),
                massRevocation(),
                databaseInTrouble(),
                replicaLag(),
                pushesLost(),
                gateways());
    }

    private SimulationSettings settings(int users, double requestsPerMinute) {
        return SimulationSettings.of(users, requestsPerMinute).withSeed(seed);
    }

    private Scenario steadyDay() {
        SimulationSettings day =
                settings(1_000, 12).withGateways(2).withEndsPerHour(0.5).withTokenLifetime(Duration.ofHours(1));
        return new Scenario(
                "A steady day",
                """
                1,000 users at 2 gateways, a day's rise and fall of traffic in two hours, twelve requests a minute each at noon; tokens of an \
                hour; every second hour somebody ends a user's session. *Queries per 100 requests* is what is left of an application's \
                hundred. *Waits* are those of the requests that had to wait for a check, nearly always a user's first one after a while. \
                Pushes bring the time that an ended session lives on from a minute to milliseconds, at the same number of queries; the \
                longer interval that they allow saves more.""",
                null,
                null,
                List.of(
                        new Variant("as delivered", () -> day(day)),
                        new Variant("pushes", () -> day(day.withPushes(Duration.ZERO))),
                        new Variant("pushes, 10 min while listening", () -> day(day.withPushes(LONGER))),
                        new Variant("checked every 15 s", () -> day(day.withCheck(after(Duration.ofSeconds(15)))))));
    }

    private static SimulationResult day(SimulationSettings settings) {
        SimulatedFleet fleet = new SimulatedFleet(settings);
        fleet.load(second -> 0.05 + 0.95 * Math.pow(Math.sin(Math.PI * second / 7200), 2));
        fleet.run(Duration.ofHours(2));
        return fleet.finish();
    }

    private Scenario coldStart() {
        SimulationSettings million = settings(1_000_000, 0);
        return new Scenario(
                "A cold start with a million sessions",
                """
                One gateway starts with nothing in memory, and each of a million sessions asks once. *Checks* is therefore a million, and \
                *queries* what batches make of it. Within a minute nobody notices. All within a second is more than four connections \
                and two processors can do: `max-waiting` (10,000) keeps the line short, whoever finds it full gets a 503 with \
                `Retry-After` and comes back, and all are served a few seconds later.""",
                null,
                null,
                List.of(
                        new Variant("within a minute", () -> wave(million, MINUTE)),
                        new Variant("within a second", () -> wave(million, Duration.ofSeconds(1)))));
    }

    private static SimulationResult wave(SimulationSettings settings, Duration within) {
        SimulatedFleet fleet = new SimulatedFleet(settings);
        fleet.wave(within);
        fleet.run(within.plusSeconds(30));
        return fleet.finish();
    }

    private Scenario massRevocation() {
        SimulationSettings fleet = settings(20_000, 6).withGateways(4);
        Consumer<SimulatedFleet> revocation = f -> f.in(Duration.ofMinutes(2), () -> f.endAll(10_000));
        return new Scenario(
                "Half of all sessions revoked at once",
                """
                20,000 users at 4 gateways; after two minutes one transaction ends 10,000 sessions. Without pushes each is found out at its \
                next check, a minute later at most; with pushes at once. The users log in again, which is 10,000 first checks at each \
                gateway, and nobody is refused for want of a check.""",
                null,
                null,
                List.of(
                        new Variant("no pushes", () -> run(fleet, Duration.ofMinutes(4), revocation)),
                        new Variant(
                                "pushes",
                                () -> run(fleet.withPushes(Duration.ZERO), Duration.ofMinutes(4), revocation)),
                        new Variant(
                                "pushes, 10 min while listening",
                                () -> run(fleet.withPushes(LONGER), Duration.ofMinutes(4), revocation))));
    }

    private Scenario databaseInTrouble() {
        SimulationSettings fleet = settings(5_000, 6).withGateways(2).withEndsPerHour(1);
        return new Scenario(
                "The database in trouble for a minute",
                """
                5,000 users at 2 gateways, each session ended once an hour on average; trouble from the third minute to the fourth. *Stale* \
                requests were served on the last good check (`serve-stale-for`), and that is how long an ended session may live \
                on meanwhile. 503s are sessions without one, such as new logins. *Back* is when the last stale answer and the last \
                503 came, counted from when the database was well again.""",
                null,
                Duration.ofMinutes(4),
                List.of(
                        new Variant("frozen", () -> trouble(fleet, SimulatedDatabase::freeze, SimulatedDatabase::thaw)),
                        new Variant(
                                "frozen, pushes",
                                () -> trouble(
                                        fleet.withPushes(LONGER), SimulatedDatabase::freeze, SimulatedDatabase::thaw)),
                        new Variant(
                                "frozen, never stale",
                                () -> trouble(
                                        fleet.withCheck(neverStale()),
                                        SimulatedDatabase::freeze,
                                        SimulatedDatabase::thaw)),
                        new Variant(
                                "away", () -> trouble(fleet, SimulatedDatabase::goAway, SimulatedDatabase::comeBack)),
                        new Variant(
                                "200 times slower", () -> trouble(fleet, d -> d.slowDown(200), d -> d.slowDown(1)))));
    }

    private static SimulationResult trouble(
            SimulationSettings settings, Consumer<SimulatedDatabase> begin, Consumer<SimulatedDatabase> end) {
        return run(settings, Duration.ofMinutes(6), fleet -> {
            fleet.in(Duration.ofMinutes(3), () -> begin.accept(fleet.database()));
            fleet.in(Duration.ofMinutes(4), () -> end.accept(fleet.database()));
        });
    }

    private Scenario replicaLag() {
        SimulationSettings fleet = settings(5_000, 6).withGateways(2).withEndsPerHour(2);
        return new Scenario(
                "A replica that lags",
                """
                5,000 users at 2 gateways, each session ended twice an hour; checks go to a replica. What it says counts as of the time \
                whose state it shows, so an ended session lives no longer than with the primary. A session that it does not know, or \
                whose end was heard of since, is confirmed by the primary (*confirmed*). Beyond `max-lag` (5 s) the replica is \
                left out.""",
                Column.CONFIRMED,
                null,
                List.of(
                        new Variant("primary", () -> run(fleet, Duration.ofMinutes(6), f -> {})),
                        new Variant("100 ms behind", () -> lag(fleet, Duration.ofMillis(100))),
                        new Variant("3 s behind", () -> lag(fleet, Duration.ofSeconds(3))),
                        new Variant("3 s behind, pushes", () -> lag(fleet.withPushes(LONGER), Duration.ofSeconds(3))),
                        new Variant("8 s behind", () -> lag(fleet, Duration.ofSeconds(8)))));
    }

    private static SimulationResult lag(SimulationSettings settings, Duration lag) {
        return run(
                settings.withReplica(),
                Duration.ofMinutes(6),
                fleet -> fleet.database().lagBy(lag));
    }

    private Scenario pushesLost() {
        SimulationSettings fleet =
                settings(5_000, 6).withGateways(2).withEndsPerHour(2).withPushes(LONGER);
        Duration at = Duration.ofMinutes(3);
        return new Scenario(
                "Pushes that are lost",
                """
                5,000 users at 2 gateways, each session ended twice an hour; `revalidate-after-while-listening` is 10 minutes but in the \
                last row. A connection that died in silence is noticed after 15 s: from then on what was checked before is trusted for the \
                plain minute, so nothing outlives that. Pushes that go missing with nobody noticing (a trigger was dropped) \
                are the price of the longer interval: without it, the minute holds whatever is lost.""",
                null,
                null,
                List.of(
                        new Variant("none lost", () -> run(fleet, LONGER.multipliedBy(2), f -> {})),
                        new Variant(
                                "for 5 min, noticed after 15 s",
                                () -> run(fleet, LONGER.multipliedBy(2), f -> {
                                    f.in(at, () -> f.losePushes(Duration.ofSeconds(15)));
                                    f.in(at.plusMinutes(5), f::relisten);
                                })),
                        new Variant(
                                "for good, not noticed",
                                () -> run(fleet, LONGER.multipliedBy(2), f -> f.in(at, () -> f.losePushes(null)))),
                        new Variant(
                                "for good, not noticed, plain interval",
                                () -> run(
                                        fleet.withPushes(Duration.ZERO),
                                        LONGER.multipliedBy(2),
                                        f -> f.in(at, () -> f.losePushes(null))))));
    }

    private Scenario gateways() {
        List<Variant> variants = new ArrayList<>();
        for (int gateways : new int[] {1, 2, 5, 20, 50, 200}) {
            SimulationSettings fleet = settings(10_000, 6).withGateways(gateways);
            variants.add(new Variant(Integer.toString(gateways), () -> run(fleet, Duration.ofMinutes(4), f -> {})));
        }
        return new Scenario("1 to 200 gateways", """
                The same 10,000 users and 1,000 requests a second, spread over more and more gateways with nothing in memory at first. Each \
                gateway has to find out for itself, so the more there are the fewer requests each can answer from memory: with 200, \
                a user meets the same one every half hour. Requests of one user had better go to one gateway where the load \
                balancer can do that. *Connections* never come near `connection_limit` times gateways here, yet may.""", Column.CONNECTIONS, null, variants);
    }

    private static SimulationResult run(SimulationSettings settings, Duration time, Consumer<SimulatedFleet> events) {
        SimulatedFleet fleet = new SimulatedFleet(settings);
        events.accept(fleet);
        fleet.run(time);
        return fleet.finish();
    }

    private static CheckConfig after(Duration interval) {
        return new CheckConfig(
                interval,
                SimulationSettings.DEFAULT_CHECK.expiringWithin(),
                SimulationSettings.DEFAULT_CHECK.revalidateExpiringAfter(),
                Duration.ofSeconds(5),
                SimulationSettings.DEFAULT_CHECK.serveStaleFor());
    }

    private static CheckConfig neverStale() {
        return new CheckConfig(
                SimulationSettings.DEFAULT_CHECK.revalidateAfter(),
                SimulationSettings.DEFAULT_CHECK.expiringWithin(),
                SimulationSettings.DEFAULT_CHECK.revalidateExpiringAfter(),
                SimulationSettings.DEFAULT_CHECK.refreshAhead(),
                Duration.ZERO);
    }
}
