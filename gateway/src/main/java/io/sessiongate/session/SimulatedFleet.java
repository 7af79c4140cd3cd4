package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Gateways, a database and users in one virtual time: the real session code, and a model of everything around it. The same
 * settings and calls give the same result to the last digit. Not for more than one thread.
 *
 * <p>Users ask at random times (a Poisson process), each time at a gateway drawn at random. Who gets a 503 comes back after
 * {@code Retry-After} and up to a second, ten times at most; who is told that the session is over logs in again a second
 * later. Memory: about 500 bytes a user.
 */
public final class SimulatedFleet {

    private static final int MOST_RETRIES = 10;
    private static final long AN_HOUR_AGO = -Duration.ofHours(1).toNanos();
    private static final long RENEWED_BEFORE_MILLIS = 60_000;

    /** The longest a request may go without an answer: twice what one check may take. */
    private static final long DEADLINE_NANOS = SimulationSettings.POOL_TIMEOUT
            .plus(SimulationSettings.QUERY_TIMEOUT)
            .plusMillis(250)
            .multipliedBy(2)
            .toNanos();

    private final SimulationSettings settings;
    private final VirtualLoop loop = new VirtualLoop(0);
    private final InstantSource clock = loop.clock();
    private final SimulationTally tally = new SimulationTally();
    private final SimulatedSessions sessions = new SimulatedSessions();
    private final SimulatedDatabase database;
    private final List<SimulatedGateway> gateways = new ArrayList<>();
    private final SplittableRandom random;
    private final int[] current;
    private final @Nullable VerifiedToken[] tokens;
    private final boolean[] loggingIn;
    private DoubleUnaryOperator load = seconds -> 1;
    private boolean begun;
    private boolean over;
    private long clearedNanos;

    public SimulatedFleet(SimulationSettings settings) {
        this.settings = settings;
        this.random = new SplittableRandom(settings.seed());
        this.database = new SimulatedDatabase(loop, settings.database(), random.split());
        for (int i = 0; i < settings.gateways(); i++) {
            gateways.add(
                    new SimulatedGateway("gateway-" + i, settings, database, sessions, loop, tally, random.split()));
        }
        this.current = new int[settings.users()];
        this.tokens = new VerifiedToken[settings.users()];
        this.loggingIn = new boolean[settings.users()];
        for (int user = 0; user < current.length; user++) {
            current[user] = sessions.begin(AN_HOUR_AGO);
        }
    }

    public SimulatedDatabase database() {
        return database;
    }

    /** How busy users are by the second of the simulation, between 0 and 1; 1 where nothing is said. */
    public void load(DoubleUnaryOperator bySecond) {
        load = bySecond;
    }

    /** Has something happen after so much of the simulation's time from now. */
    public void in(Duration delay, Runnable event) {
        loop.schedule(delay.toNanos(), event);
    }

    /** Lets users come and go, and time pass. */
    public void run(Duration time) {
        if (!begun) {
            begun = true;
            nextRequest();
            nextEnd();
        }
        loop.advance(time);
    }

    /** Every user asks once, at random within that time, whatever the load. */
    public void wave(Duration within) {
        nextOfWave(0, loop.elapsedNanos(), within.toNanos(), loop.elapsedNanos());
    }

    /** Forgets what was counted so far. */
    public void clear() {
        tally.clear();
        clearedNanos = loop.elapsedNanos();
    }

    /** Other gateways, which are not simulated, make so many queries a second about so many sessions each. */
    public void others(double queriesPerSecond, double sessionsPerQuery) {
        if (queriesPerSecond > 0) {
            loop.schedule(exponentialNanos(queriesPerSecond), () -> {
                if (!over) {
                    database.occupy(sessionsPerQuery);
                    others(queriesPerSecond, sessionsPerQuery);
                }
            });
        }
    }

    /** Ends the sessions of the first so many users, in one transaction. */
    public void endAll(int users) {
        for (int user = 0; user < users; user++) {
            end(current[user]);
        }
    }

    /** Pushes go nowhere, and after so long the listeners notice. */
    public void losePushes(@Nullable Duration noticedAfter) {
        gateways.forEach(SimulatedGateway::loseSilently);
        if (noticedAfter != null) {
            in(noticedAfter, () -> gateways.forEach(SimulatedGateway::noticeLoss));
        }
    }

    /** The listeners are connected again. */
    public void relisten() {
        gateways.forEach(SimulatedGateway::relisten);
    }

    /** What it came to; a request that waits too long for its answer shows as a violation. */
    public SimulationResult result() {
        return tally.result(database, loop.elapsedNanos() - clearedNanos);
    }

    /** The same when all is over: nobody asks any more, and everybody has an answer. */
    public SimulationResult finish() {
        over = true;
        long elapsed = loop.elapsedNanos() - clearedNanos;
        loop.advance(Duration.ofNanos(DEADLINE_NANOS));
        tally.expect(tally.underWay() == 0, "a request was never answered");
        gateways.forEach(gateway -> gateway.gate().close());
        loop.advance(Duration.ofSeconds(10));
        return tally.result(database, elapsed);
    }

    private void nextRequest() {
        double perSecond = settings.users() * settings.requestsPerMinute() / 60;
        if (perSecond > 0) {
            loop.schedule(exponentialNanos(perSecond), () -> {
                if (!over) {
                    if (random.nextDouble() < load.applyAsDouble(loop.elapsedNanos() / 1e9)) {
                        ask(random.nextInt(current.length), 0);
                    }
                    nextRequest();
                }
            });
        }
    }

    private void nextEnd() {
        double perSecond = settings.users() * settings.endsPerHour() / 3600;
        if (perSecond > 0) {
            loop.schedule(exponentialNanos(perSecond), () -> {
                if (!over) {
                    end(current[random.nextInt(current.length)]);
                    nextEnd();
                }
            });
        }
    }

    private long exponentialNanos(double perSecond) {
        return (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
    }

    private void nextOfWave(int user, long beginNanos, long withinNanos, long lastNanos) {
        if (user == current.length) {
            return;
        }
        // The smallest of so many times that are left, each as likely as another.
        double left = beginNanos + withinNanos - lastNanos;
        double share = 1 - Math.pow(1 - random.nextDouble(), 1.0 / (current.length - user));
        long atNanos = lastNanos + (long) (left * share);
        loop.schedule(atNanos - loop.elapsedNanos(), () -> {
            ask(user, 0);
            nextOfWave(user + 1, beginNanos, withinNanos, atNanos);
        });
    }

    private void end(int session) {
        if (sessions.end(session, loop.elapsedNanos()) && settings.pushes()) {
            Fingerprint fingerprint = Fingerprint.of(Integer.toString(session));
            gateways.forEach(gateway -> gateway.push(session, fingerprint));
        }
    }

    private void ask(int user, int timesRefused) {
        VerifiedToken token = tokenOf(user);
        int session = current[user];
        SimulatedGateway gateway = gateways.get(gateways.size() == 1 ? 0 : random.nextInt(gateways.size()));
        long askedNanos = loop.elapsedNanos();
        tally.requested(timesRefused > 0);
        gateway.gate()
                .decide(
                        token,
                        null,
                        loop,
                        verdict -> onVerdict(user, session, gateway, askedNanos, timesRefused, verdict));
    }

    private void onVerdict(
            int user,
            int session,
            SimulatedGateway gateway,
            long askedNanos,
            int timesRefused,
            SessionVerdict verdict) {
        long now = loop.elapsedNanos();
        long ended = sessions.endedNanos(session);
        long overNanos = ended == SimulatedSessions.NEVER ? 0 : now - ended;
        tally.expect(now - askedNanos <= DEADLINE_NANOS, "a request waited beyond its deadline");
        tally.answered(verdict, now, now - askedNanos, overNanos, gateway.boundNanos(session, verdict));
        if (verdict instanceof Ended) {
            logInAgain(user, session);
        } else if (verdict instanceof Unknown unknown && timesRefused < MOST_RETRIES && !over) {
            long delayNanos = unknown.retryAfterSeconds() * 1_000_000_000L + random.nextLong(1_000_000_000L);
            loop.schedule(delayNanos, () -> ask(user, timesRefused + 1));
        }
    }

    private void logInAgain(int user, int session) {
        if (current[user] == session && !loggingIn[user]) {
            loggingIn[user] = true;
            loop.schedule(1_000_000_000L, () -> {
                loggingIn[user] = false;
                current[user] = sessions.begin(loop.elapsedNanos());
                tokens[user] = null;
            });
        }
    }

    private VerifiedToken tokenOf(int user) {
        VerifiedToken token = tokens[user];
        long now = clock.millis();
        if (token == null || token.expiresAtEpochMillis() - now < RENEWED_BEFORE_MILLIS) {
            // Everybody logged in at some time before.
            long age = token == null && sessions.existedAt(current[user], AN_HOUR_AGO)
                    ? random.nextLong(settings.tokenLifetime().toMillis() - RENEWED_BEFORE_MILLIS)
                    : 0;
            long issued = now - age;
            token = new VerifiedToken(
                    "a user",
                    Integer.toString(current[user]),
                    Set.of(),
                    issued,
                    issued + settings.tokenLifetime().toMillis(),
                    Map.of(),
                    "");
            if (settings.requestsPerMinute() > 0) {
                tokens[user] = token;
            } // else nobody asks twice, and of a million it is better not kept
        }
        return token;
    }
}
