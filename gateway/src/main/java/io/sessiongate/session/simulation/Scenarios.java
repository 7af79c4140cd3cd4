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
                Readings.STEADY_DAY,
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
                Readings.COLD_START,
                Column.SERVED_AFTER,
                Duration.ZERO,
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
                Readings.MASS_REVOCATION,
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
                Readings.DATABASE_IN_TROUBLE,
                Column.BACK,
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
                Readings.REPLICA_LAG,
                Column.CONFIRMED,
                Duration.ZERO,
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
                Readings.PUSHES_LOST,
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
        return new Scenario("1 to 200 gateways", Readings.GATEWAYS, Column.CONNECTIONS, Duration.ZERO, variants);
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
