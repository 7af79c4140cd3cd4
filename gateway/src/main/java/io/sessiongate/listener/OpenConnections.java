package io.sessiongate.listener;

import io.sessiongate.http.AddressBlock;
import io.sessiongate.metrics.ConnectionMeters.Refusal;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All client connections of a server: at most {@code limit}, and of one client as many as {@link ConnectionsByAddress} lets
 * in; the next is closed as soon as it is accepted. Safe to use from any thread.
 */
final class OpenConnections {

    private final int limit;
    private final ConnectionsByAddress byAddress;
    private final AtomicInteger count = new AtomicInteger();
    private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean draining;

    OpenConnections(int limit, ConnectionsByAddress byAddress) {
        this.limit = limit;
        this.byAddress = byAddress;
    }

    /** Whom an address counts as where one client's connections, or requests, are limited; null where they are not. */
    @Nullable AddressBlock countsAs(InetAddress address) {
        return byAddress.countsAs(address);
    }

    /** Why there is no room for one more; null where there is, and then it must {@link #leave}. */
    @Nullable Refusal enter(ClientConnection connection) {
        if (count.incrementAndGet() > limit) {
            count.decrementAndGet();
            return Refusal.TOTAL;
        }
        if (!byAddress.enter(connection.peer().address())) {
            count.decrementAndGet();
            return Refusal.ADDRESS;
        }
        open.add(connection);
        // Looked at behind the add: a drain that begins now sees either the connection or is seen by it.
        if (draining) {
            leave(connection);
            return Refusal.DRAINING;
        }
        return null;
    }

    void leave(ClientConnection connection) {
        if (open.remove(connection)) {
            byAddress.leave(connection.peer().address());
            count.decrementAndGet();
            completeIfDrained();
        }
    }

    /** Whether connections end with the request they carry. */
    boolean draining() {
        return draining;
    }

    /** No more are taken, unused ones close now, others with their request; completes when none is left. */
    CompletionStage<Void> drain() {
        draining = true;
        open.forEach(ClientConnection::drain);
        completeIfDrained();
        return drained;
    }

    /** Closes those that are left. */
    void closeAll() {
        open.forEach(ClientConnection::closeNow);
    }

    private void completeIfDrained() {
        if (draining && open.isEmpty()) {
            drained.complete(null);
        }
    }
}
