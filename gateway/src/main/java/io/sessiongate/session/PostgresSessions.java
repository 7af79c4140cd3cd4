package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The session rooms of a gateway over PostgreSQL: one check loop, shared by the gates of all realms, which each have a pool
 * of their own. Safe on any thread but the check loop's.
 */
public final class PostgresSessions implements AutoCloseable {

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final VertxCheckLoop loop;
    /** Weak, so that the gates of a former configuration go once they were closed and forgotten. */
    private final Set<SessionGate> gates = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private PostgresSessions(VertxCheckLoop loop) {
        this.loop = loop;
    }

    /** Starts the check loop; connects to nothing yet. */
    public static PostgresSessions start() {
        return new PostgresSessions(VertxCheckLoop.start());
    }

    /**
     * Opens a gate. For checks nothing is connected until the first of them or the first look at its {@linkplain
     * SessionGate#health() health}; where there is a channel, listening begins at once, in the background. So a database that
     * is away does not keep the gateway from starting.
     */
    public SessionGate open(String realm, SessionConfig config, InstantSource clock, SessionMeters meters) {
        PgConnector primary = new PgConnector(config.database(), config.lookup(), config.queryTimeout(), loop);
        CheckConnector connector =
                config.replicas().isEmpty() ? primary : PgReplicas.beside(primary, realm, config, loop, meters);
        PgWriter writer = writer(realm, config, meters);
        SessionGate gate = new SessionGate(realm, config, connector, writer, loop, clock, meters);
        if (writer != null) {
            gate.tellsFleetBy(writer);
            gate.renewsBy(writer.renewals(gate::renewed));
            gate.closesAlso(writer::close);
        }
        PgListener listener = listener(realm, config, gate.intake(), meters);
        if (listener != null) {
            gate.closesAlso(listener::close);
            loop.execute(listener::open);
        }
        gates.add(gate);
        return gate;
    }

    /** What writes for the realm, or null where nothing is to be written. */
    private @Nullable PgWriter writer(String realm, SessionConfig config, SessionMeters meters) {
        if (config.touch() == null
                && config.renew() == null
                && config.revocations().channel() == null) {
            return null;
        }
        PgLinks links = new PgLinks(PgSettings.impatient(config.database()), config.queryTimeout(), loop);
        return new PgWriter(realm, config, links, loop, random(realm), meters.writer());
    }

    /** What listens for the realm, or null where there is no channel. */
    private @Nullable PgListener listener(
            String realm, SessionConfig config, RevocationIntake intake, SessionMeters meters) {
        String channel = config.revocations().channel();
        if (channel == null) {
            return null;
        }
        DatabaseConfig listenOn = config.revocations().listenOn();
        DatabaseConfig where = listenOn == null ? config.database() : listenOn;
        PgLinks links = new PgLinks(where, config.queryTimeout(), loop);
        return new PgListener(realm, channel, links, loop, random(realm), intake, meters.listener());
    }

    private SplittableRandom random(String realm) {
        return new SplittableRandom(loop.nanoTime() ^ realm.hashCode());
    }

    /**
     * Closes the gates that are open still, then every connection and the loop, whatever is under way; returns within five
     * seconds, usually a few milliseconds. May be called again.
     */
    @Override
    public void close() {
        List<SessionGate> open;
        synchronized (gates) {
            open = List.copyOf(gates);
            gates.clear();
        }
        open.forEach(SessionGate::close);
        loop.close(CLOSE_LIMIT);
    }
}
