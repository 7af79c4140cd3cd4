package io.sessiongate.session;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One gateway of a simulation: the real gate with its policy, cache and dispatcher, its own connections, and its own listener
 * for pushes. Confined to the simulation's thread.
 */
final class SimulatedGateway {

    /** From COMMIT to the word, at most. */
    static final long LONGEST_PUSH_NANOS = Duration.ofMillis(5).toNanos();

    private static final Duration MAX_LAG = Duration.ofSeconds(5);
    private static final long MEMORY = 4_000_000;

    private final VirtualLoop loop;
    private final SimulationSettings settings;
    private final SplittableRandom random;
    private final SessionGate gate;
    private final BitSet told = new BitSet();
    private final long slackNanos =
            SimulationSettings.QUERY_TIMEOUT.plusMillis(250).plus(MAX_LAG).toNanos();
    private boolean reached;
    private boolean listening;

    SimulatedGateway(
            String name,
            SimulationSettings settings,
            SimulatedDatabase database,
            SimulatedSessions sessions,
            VirtualLoop loop,
            SimulationTally tally,
            SplittableRandom random) {
        this.loop = loop;
        this.settings = settings;
        this.random = random;
        SimulatedConnector connector =
                new SimulatedConnector(database, sessions, loop, settings.connectionLimit(), MAX_LAG, tally);
        // Whatever counts is counted by the tally: the meters go nowhere.
        this.gate = new SessionGate(
                name,
                config(settings),
                connector,
                null,
                loop,
                loop.clock(),
                new SessionMeters(new CompositeMeterRegistry(), name));
        if (settings.pushes()) {
            relisten();
        }
    }

    private static SessionConfig config(SimulationSettings settings) {
        DatabaseConfig database = new DatabaseConfig(
                "simulated",
                5432,
                "simulated",
                "simulated",
                new Secret(""),
                new DatabaseConfig.Tls(DatabaseConfig.Tls.Mode.DISABLE, false, null),
                settings.connectionLimit(),
                SimulationSettings.POOL_TIMEOUT,
                Duration.ofSeconds(5),
                null,
                false,
                "simulated",
                Map.of(),
                List.of());
        return new SessionConfig(
                database,
                settings.replica() ? List.of(database) : List.of(),
                MAX_LAG,
                new SessionConfig.Lookup.Query("select"),
                settings.check(),
                RevocationConfig.DEFAULT,
                null,
                true,
                SimulationSettings.QUERY_TIMEOUT,
                settings.maxWaiting(),
                // More than there are: what the cache gives up when it is full depends on more than the seed.
                (int) Math.max(MEMORY, 4L * settings.users()));
    }

    SessionGate gate() {
        return gate;
    }

    /** The listener is connected, and what is committed from now on will be told. */
    void relisten() {
        reached = true;
        listening = true;
        gate.intake().listening(loop.nanoTime());
    }

    /** Words go nowhere from now on; the listener is connected as far as it knows. */
    void loseSilently() {
        reached = false;
    }

    /** The listener notices. */
    void noticeLoss() {
        reached = false;
        listening = false;
        gate.intake().notListening();
    }

    /** The database says that a session ended, where it gets here. */
    void push(int session, Fingerprint fingerprint) {
        if (reached) {
            told.set(session);
            long delayNanos = 500_000 + random.nextLong(LONGEST_PUSH_NANOS - 500_000);
            loop.schedule(delayNanos, () -> gate.intake().sessionEnded(fingerprint));
        }
    }

    /** How long after its end the session may be served here on this ground. */
    long boundNanos(int session, SessionVerdict verdict) {
        if (!(verdict instanceof Live live)) {
            return Long.MAX_VALUE;
        }
        if (told.get(session)) {
            return LONGEST_PUSH_NANOS;
        }
        if (live.how() == How.STALE) {
            return settings.check().serveStaleFor().toNanos();
        }
        if (live.how() == How.CHECKED) {
            return slackNanos;
        }
        long plainNanos = settings.check().revalidateAfter().toNanos();
        return listening
                ? Math.max(
                        plainNanos,
                        settings.check().revalidateAfterWhileListening().toNanos())
                : plainNanos;
    }
}
