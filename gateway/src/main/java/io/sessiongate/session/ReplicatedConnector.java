package io.sessiongate.session;

import io.sessiongate.metrics.ReplicaMeters.Rest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Connections for checks to the read replicas of a database, in turn, or to the database itself while none of them is of use.
 * Whichever it is, a check has the primary's word where a replica's does not do; {@link ReplicaConnection} says when.
 *
 * <p>Opens what the pool asks for, besides that the {@linkplain SharedPrimary one} connection to the primary, and for a moment
 * one to a replica that rests, to see whether it is there again. Confined to the check loop.
 */
final class ReplicatedConnector implements CheckConnector {

    /** What it is made of. */
    record Server(Replica replica, CheckConnector connector) {}

    /** The bounds. */
    record Limits(long connectTimeoutNanos, long queryTimeoutNanos, long maxLagNanos) {}

    private final List<Server> replicas;
    private final CheckConnector primary;
    private final SharedPrimary shared;
    private final WalSamples samples;
    private final CheckLoop loop;
    private final Limits limits;
    private int turn;
    private boolean closed;

    ReplicatedConnector(
            List<Server> replicas,
            CheckConnector primary,
            SharedPrimary shared,
            WalSamples samples,
            CheckLoop loop,
            Limits limits,
            RandomGenerator random) {
        this.replicas = List.copyOf(replicas);
        this.primary = primary;
        this.shared = shared;
        this.samples = samples;
        this.loop = loop;
        this.limits = limits;
        this.turn = random.nextInt(replicas.size()); // so that the first connections of a fleet do not go to one
    }

    Limits limits() {
        return limits;
    }

    SharedPrimary shared() {
        return shared;
    }

    WalSamples samples() {
        return samples;
    }

    CheckLoop loop() {
        return loop;
    }

    /**
     * Tries the replicas that are in use, in turn, for half of the connect timeout of the database altogether, then the primary,
     * for all of it: an attempt there cannot be broken off, and one more beside it would be one too many.
     */
    @Override
    public void connect(Consumer<ConnectResult> then) {
        shared.replicaUsed();
        knock();
        new Attempt(then).next();
    }

    @Override
    public void close() {
        closed = true;
        shared.close();
    }

    private final class Attempt {
        private final Consumer<ConnectResult> then;
        private final Deque<Server> candidates = new ArrayDeque<>(inTurn());
        private final long deadlineNanos = loop.nanoTime() + limits.connectTimeoutNanos() / 2;

        Attempt(Consumer<ConnectResult> then) {
            this.then = then;
        }

        private void next() {
            Server server = candidates.poll();
            if (server == null) {
                primary.connect(result -> then.accept(standIn(result)));
            } else if (server.replica().isOpen()) {
                tryOut(server);
            } else {
                next();
            }
        }

        private ConnectResult standIn(ConnectResult result) {
            return result instanceof ConnectResult.Connected connected
                    ? new ConnectResult.Connected(
                            new StandInConnection(connected.connection(), ReplicatedConnector.this))
                    : result;
        }

        private void tryOut(Server server) {
            Replica replica = server.replica();
            replica.connections(1);
            boolean[] tooLate = new boolean[1];
            long shareNanos = (deadlineNanos - loop.nanoTime()) / (candidates.size() + 1);
            CheckLoop.Timer limit = loop.schedule(shareNanos, () -> {
                tooLate[0] = true;
                unreachable(replica, PgLinks.tooLate(Duration.ofNanos(shareNanos)));
                next();
            });
            server.connector().connect(result -> {
                limit.cancel();
                ConnectResult.Connected connected = result instanceof ConnectResult.Connected c ? c : null;
                if (connected != null && !tooLate[0]) {
                    then.accept(new ConnectResult.Connected(
                            new ReplicaConnection(replica, connected.connection(), ReplicatedConnector.this)));
                    return;
                }
                replica.connections(-1);
                if (connected != null) {
                    connected.connection().abandon();
                } else if (!tooLate[0] && result instanceof ConnectResult.Refused refused) {
                    unreachable(replica, refused.message());
                    next();
                }
            });
        }
    }

    /** Those with the fewest connections first, among equals in turn. */
    private List<Server> inTurn() {
        List<Server> ordered = new ArrayList<>(replicas.size());
        for (int i = 0; i < replicas.size(); i++) {
            ordered.add(replicas.get((turn + i) % replicas.size()));
        }
        turn = (turn + 1) % replicas.size();
        ordered.sort(Comparator.comparingInt(server -> server.replica().connections()));
        return ordered;
    }

    /** Sees whether those are there again whose rest is over. */
    void knock() {
        for (Server server : replicas) {
            Replica replica = server.replica();
            if (!closed && replica.startKnock(loop.nanoTime())) {
                server.connector().connect(result -> {
                    if (result instanceof ConnectResult.Connected connected) {
                        connected.connection().abandon();
                        replica.opened();
                    } else if (result instanceof ConnectResult.Refused refused) {
                        unreachable(replica, refused.message());
                    }
                });
            }
        }
    }

    private void unreachable(Replica replica, String message) {
        if (!closed) {
            replica.failed(Rest.UNREACHABLE, message, loop.nanoTime());
        }
    }

    /**
     * Whether a connection should make room for another one elsewhere.
     *
     * @param at where it leads, null for the primary
     */
    boolean shouldMove(@Nullable Replica at) {
        return (at != null && at.isResting()) || replicas.stream().anyMatch(server -> isBetter(server.replica(), at));
    }

    private static boolean isBetter(Replica other, @Nullable Replica than) {
        return other.isOpen() && (than == null || other.connections() + 1 < than.connections());
    }
}
