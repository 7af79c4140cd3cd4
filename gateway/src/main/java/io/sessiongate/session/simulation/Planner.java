package io.sessiongate.session.simulation;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SimulatedFleet;
import io.sessiongate.session.SimulationResult;
import io.sessiongate.session.SimulationSettings;
import java.time.Duration;

/**
 * Plans capacity by simulating one gateway of the fleet with its share of the requests; what the others ask of the database is
 * added at random. Takes a few seconds: beyond {@value #MOST_REQUESTS} requests one user stands for several, in front of a
 * database that is slower by as much, so that as many share a query and as many wait; what they wait is divided by the same.
 * Where that would make queries last for seconds it is slower by less, which finds too many queries.
 */
public final class Planner {

    private static final int MOST_REQUESTS = 600_000;
    private static final int MOST_USERS = 100_000;
    private static final int MOST_IN_WAVE = 50_000;

    /** A query so long still leaves the intervals of the policy far behind. */
    private static final double LONGEST_QUERY_NANOS = 250e6;

    /** What PostgreSQL keeps for superusers where nothing is configured. */
    private static final int RESERVED = 3;

    /** Connections of a gateway beside those for checks: one that writes, one that listens. */
    private static final int WRITER = 1;

    /** While a deployment rolls over, each gateway may be there twice. */
    private static final int ROLLOUT = 2;

    private static final int LEAST_RECOMMENDED = 2;
    private static final int[] LIMITS = {2, 3, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100};

    private final PlanRequest wanted;
    private final SimulationSettings one;
    private final Duration warmUp;
    private final Duration measured;
    private final double oneUserIn;
    private final double slower;

    private Planner(PlanRequest wanted) {
        this.wanted = wanted;
        this.warmUp = wanted.revalidateAfter().plusSeconds(1);
        this.measured = wanted.revalidateAfter().multipliedBy(2).plusSeconds(1);
        double perMinute = wanted.requestsPerMinute() / wanted.gateways();
        double requests = wanted.users() * perMinute * warmUp.plus(measured).toSeconds() / 60;
        double tooMany = Math.max(requests / MOST_REQUESTS, wanted.users() / (double) MOST_USERS);
        this.oneUserIn = tooMany < 1.1 ? 1 : tooMany;
        this.slower = Math.max(
                1, Math.min(oneUserIn, LONGEST_QUERY_NANOS / wanted.queryTime().toNanos()));
        this.one = SimulationSettings.of((int) Math.ceil(wanted.users() / oneUserIn), perMinute)
                .withCheck(check(wanted.revalidateAfter()))
                .withMaxWaiting(1_000_000)
                .withDatabase(model -> model.withRoundTrip(wanted.queryTime()).slower(slower));
    }

    /** Plans. */
    public static CapacityPlan plan(PlanRequest wanted) {
        return new Planner(wanted).plan();
    }

    private static CheckConfig check(Duration revalidateAfter) {
        CheckConfig defaults = SimulationSettings.DEFAULT_CHECK;
        return new CheckConfig(
                revalidateAfter,
                defaults.expiringWithin(),
                defaults.revalidateExpiringAfter(),
                defaults.refreshAhead(),
                defaults.serveStaleFor());
    }

    private CapacityPlan plan() {
        // Twice, as what the others ask is what this one asks.
        SimulationResult alone = steady(one, 0, 0);
        int recommended = recommend(alone);
        int limit = wanted.connectionLimit() == null ? recommended : wanted.connectionLimit();
        SimulationSettings chosen = one.withConnectionLimit(limit);
        SimulationResult steady = steady(chosen, alone.queriesPerSecond(), sessionsPerQuery(alone));
        SimulationResult cold = cold(chosen, alone);
        double scale = oneUserIn * wanted.gateways();
        int perGateway = limit + WRITER + (wanted.pushes() ? 1 : 0);
        return new CapacityPlan(
                wanted.users() * wanted.requestsPerMinute() / 60,
                steady.queriesPerSecond() * scale,
                steady.checks() * 1e9 / steady.elapsedNanos() * scale,
                sessionsPerQuery(steady),
                limit,
                recommended,
                perGateway * wanted.gateways() * ROLLOUT + RESERVED,
                share(steady),
                waitMillis(steady, 0.5),
                waitMillis(steady, 0.99),
                share(cold),
                waitMillis(cold, 0.99),
                allAtOnce(limit),
                oneUserIn,
                oneUserIn / slower > 1.01);
    }

    private SimulationResult steady(SimulationSettings settings, double othersQueries, double othersSessions) {
        SimulatedFleet fleet = new SimulatedFleet(settings);
        fleet.others(othersQueries * (wanted.gateways() - 1), othersSessions);
        fleet.run(warmUp);
        fleet.clear();
        fleet.run(measured);
        return checked(fleet.finish());
    }

    /** The first interval of a gateway, while the others go on as ever. */
    private SimulationResult cold(SimulationSettings settings, SimulationResult others) {
        SimulatedFleet fleet = new SimulatedFleet(settings);
        fleet.others(others.queriesPerSecond() * (wanted.gateways() - 1), sessionsPerQuery(others));
        fleet.run(Duration.ofSeconds(Math.min(20, warmUp.toSeconds())));
        return checked(fleet.finish());
    }

    /** Seconds until all were served, when every session asks one gateway within a second. */
    private double allAtOnce(int limit) {
        int users = Math.min(wanted.users(), MOST_IN_WAVE);
        SimulatedFleet fleet = new SimulatedFleet(SimulationSettings.of(users, 0)
                .withConnectionLimit(limit)
                .withMaxWaiting(1_000_000)
                .withDatabase(model -> model.withRoundTrip(wanted.queryTime())));
        fleet.wave(Duration.ofNanos(Math.max(1, 1_000_000_000L * users / wanted.users())));
        fleet.run(Duration.ofSeconds(40));
        SimulationResult result = checked(fleet.finish());
        return result.lastCheckedNanos() / 1e9 * wanted.users() / users;
    }

    private int recommend(SimulationResult alone) {
        double busiest = alone.checks() * 1e9 / alone.elapsedNanos() * oneUserIn * 2;
        double fullBatchSeconds = (wanted.queryTime().toNanos() + 256 * 5_000.0) / 1e9;
        int atLeast = Math.max(LEAST_RECOMMENDED, (int) Math.ceil(busiest / 256 * fullBatchSeconds));
        SimulationSettings busy = one.withRequestsPerMinute(one.requestsPerMinute() * 2);
        double boundMillis = 5 * wanted.queryTime().toNanos() / 1e6 + 10;
        for (int limit : LIMITS) {
            if (limit >= atLeast) {
                SimulationResult result = cold(busy.withConnectionLimit(limit), alone);
                if (result.unavailable() == 0 && waitMillis(result, 0.99) <= boundMillis) {
                    return limit;
                }
            }
        }
        return LIMITS[LIMITS.length - 1];
    }

    private double waitMillis(SimulationResult result, double share) {
        return result.waits().quantileNanos(share) / 1e6 / slower;
    }

    private static SimulationResult checked(SimulationResult result) {
        if (!result.violations().isEmpty()) {
            throw new IllegalStateException(
                    "the simulation broke a rule: " + result.violations().get(0));
        }
        return result;
    }

    private static double sessionsPerQuery(SimulationResult result) {
        return result.queries() == 0 ? 0 : result.checks() / (double) result.queries();
    }

    private static double share(SimulationResult result) {
        return result.requests() == 0 ? 0 : result.waits().count() / (double) result.requests();
    }
}
