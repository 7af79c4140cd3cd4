package io.sessiongate.upstream;

import io.sessiongate.config.ServerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The unused connections of one event loop to one upstream, and whose turn it is among its servers. Confined to that
 * loop, but for {@link #count}. Bounded by the pool's budget. Of one server's connections the one used last is taken, so
 * that the others age and can be closed.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count has one writer, the loop
final class KeptConnections {

    private final List<UpstreamServer> servers = new ArrayList<>();
    private final long idleNanos;
    private final LongSupplier nanoTime;
    private int turn;
    private volatile int count;

    KeptConnections(List<ServerAddress> addresses, int firstTurn, long idleNanos, LongSupplier nanoTime) {
        for (ServerAddress address : addresses) {
            servers.add(new UpstreamServer(address));
        }
        this.turn = firstTurn;
        this.idleNanos = idleNanos;
        this.nanoTime = nanoTime;
    }

    /** From any thread. */
    int count() {
        return count;
    }

    /** The server whose turn it is; one that failed a moment ago is passed over where another can be taken. */
    UpstreamServer next() {
        int size = servers.size();
        if (size == 1) {
            return servers.get(0);
        }
        long now = nanoTime.getAsLong();
        for (int i = 0; i < size; i++) {
            UpstreamServer candidate = servers.get(Math.floorMod(turn + i, size));
            if (!candidate.shunned(now)) {
                return candidate;
            }
        }
        return servers.get(Math.floorMod(turn, size));
    }

    /** That server was taken: it is the turn of the one behind it. */
    void taken(UpstreamServer server) {
        turn = servers.indexOf(server) + 1;
    }

    /** The server, and the one to try where it cannot be reached. */
    List<UpstreamServer> withNext(UpstreamServer server) {
        int size = servers.size();
        return size == 1 ? servers : List.of(server, servers.get((servers.indexOf(server) + 1) % size));
    }

    /** A usable connection to that server, or null. */
    @Nullable UpstreamConnection take(UpstreamServer server) {
        while (true) {
            UpstreamConnection connection = server.kept().pollFirst();
            if (connection == null) {
                return null;
            }
            count--;
            if (connection.usable() && nanoTime.getAsLong() - connection.idleSinceNanos() < idleNanos) {
                return connection;
            }
            connection.close();
        }
    }

    /** A usable connection to any server, or null. */
    @Nullable UpstreamConnection takeAny() {
        for (UpstreamServer server : servers) {
            UpstreamConnection connection = take(server);
            if (connection != null) {
                return connection;
            }
        }
        return null;
    }

    void put(UpstreamConnection connection) {
        connection.idleSince(nanoTime.getAsLong());
        connection.server().kept().addFirst(connection);
        count++;
    }

    /** Forgets a connection that has closed, if it was here. */
    void remove(UpstreamConnection connection) {
        if (connection.server().kept().remove(connection)) {
            count--;
        }
    }

    /** Closes those unused for too long; how long until the next will be, or -1 where there is none left. */
    long closeOld() {
        long now = nanoTime.getAsLong();
        long next = -1;
        for (UpstreamServer server : servers) {
            UpstreamConnection oldest = server.kept().peekLast();
            while (oldest != null) {
                long leftNanos = idleNanos - (now - oldest.idleSinceNanos());
                if (leftNanos > 0) {
                    next = next < 0 ? leftNanos : Math.min(next, leftNanos);
                    break;
                }
                oldest.close();
                oldest = server.kept().peekLast();
            }
        }
        return next;
    }
}
