package io.sessiongate.upstream;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The unused connections of one event loop to one upstream. Confined to that loop, but for {@link #count}. Bounded by the pool's
 * budget. Of one server's connections the one used last is taken, so that the others age and can be closed.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count has one writer, the loop
final class KeptConnections {

    private final Upstream upstream;
    private final int loop;
    private final LongSupplier nanoTime;
    private volatile int count;

    KeptConnections(Upstream upstream, int loop, LongSupplier nanoTime) {
        this.upstream = upstream;
        this.loop = loop;
        this.nanoTime = nanoTime;
    }

    /** From any thread. */
    int count() {
        return count;
    }

    /** A usable connection to that server, or null. */
    @Nullable UpstreamConnection take(Server from) {
        LoopServer server = from.on(loop);
        long idleNanos = upstream.settings().idleNanos;
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
        for (Server server : upstream.settings().servers) {
            UpstreamConnection connection = take(server);
            if (connection != null) {
                return connection;
            }
        }
        return null;
    }

    /** A usable connection to any server that may be taken, or null. */
    @Nullable UpstreamConnection takeAny(ServerChoice choice, @Nullable Tried tried) {
        for (Server server : upstream.settings().servers) {
            UpstreamConnection connection = choice.mayTakeNow(server, tried) ? take(server) : null;
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

    /** Closes all that there are to a server. */
    void closeAll(Server to) {
        UpstreamConnection connection = take(to);
        while (connection != null) {
            connection.close();
            connection = take(to);
        }
    }

    /** Closes all. */
    void closeAll() {
        for (Server server : upstream.settings().servers) {
            closeAll(server);
        }
    }

    /** Closes those unused for too long; how long until the next will be, or -1 where there is none left. */
    long closeOld() {
        long now = nanoTime.getAsLong();
        long idleNanos = upstream.settings().idleNanos;
        long next = -1;
        for (Server server : upstream.settings().servers) {
            LoopServer own = server.on(loop);
            UpstreamConnection oldest = own.kept().peekLast();
            while (oldest != null) {
                long leftNanos = idleNanos - (now - oldest.idleSinceNanos());
                if (leftNanos > 0) {
                    next = next < 0 ? leftNanos : Math.min(next, leftNanos);
                    break;
                }
                oldest.close();
                oldest = own.kept().peekLast();
            }
        }
        return next;
    }
}
