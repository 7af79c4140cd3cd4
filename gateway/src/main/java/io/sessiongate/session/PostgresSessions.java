package io.sessiongate.session;

import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

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
     * Opens a gate. Nothing is connected until the first check or the first look at its {@linkplain SessionGate#health()
     * health}, so a database that is away does not keep the gateway from starting.
     */
    public SessionGate open(String realm, SessionConfig config, InstantSource clock, SessionMeters meters) {
        PgConnector primary = new PgConnector(config.database(), config.lookup(), config.queryTimeout(), loop);
        CheckConnector connector =
                config.replicas().isEmpty() ? primary : PgReplicas.beside(primary, realm, config, loop, meters);
        SessionGate gate = new SessionGate(realm, config, connector, null, loop, clock, meters);
        gates.add(gate);
        return gate;
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
