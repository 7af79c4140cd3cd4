package io.sessiongate.listener;

import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.metrics.ConnectionMeters.Refusal;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private volatile int limit;
    private final ConnectionsByAddress byAddress;
    private final AtomicInteger count = new AtomicInteger();
    /** And whom each is counted as, for as long as it is open. */
    private final Map<OpenConnection, Optional<AddressBlock>> open = new ConcurrentHashMap<>();

    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean draining;
    private volatile boolean closing;

    OpenConnections(int limit, ConnectionsByAddress byAddress) {
        this.limit = limit;
        this.byAddress = byAddress;
    }

    /** Whom an address counts as where one client's connections, or requests, are limited; null where they are not. */
    @Nullable AddressBlock countsAs(InetAddress address) {
        return byAddress.countsAs(address);
    }

    /** Another limit, and other rules for one client, hold for those who come from now on. */
    void rules(LimitsConfig limits, List<CidrBlock> exempt) {
        limit = limits.connections();
        byAddress.rules(limits.connectionsPerAddress(), exempt);
    }

    /**
     * Why there is no room for one more; null where there is, and then it must {@link #leave}. One that was accepted before a drain began and
     * comes here after that may still ask for something: nobody else would answer it.
     */
    @Nullable Refusal enter(OpenConnection connection) {
        if (count.incrementAndGet() > limit) {
            count.decrementAndGet();
            return Refusal.TOTAL;
        }
        AddressBlock client = connection.peer().countsAs();
        if (!byAddress.enter(client)) {
            count.decrementAndGet();
            return Refusal.ADDRESS;
        }
        open.put(connection, Optional.ofNullable(client));
        end(connection);
        return null;
    }

    /** The same connection, with another one who speaks on it; no other than these two may end it meanwhile. */
    void replace(OpenConnection before, OpenConnection after) {
        // First in, then out: a drain that begins now sees one of the two, and none is done with before.
        open.put(after, Optional.ofNullable(before.peer().countsAs()));
        open.remove(before);
        end(after);
    }

    /** Behind the add: a drain, or an end, that begins now sees either the connection or is seen by it. */
    private void end(OpenConnection added) {
        if (closing) {
            added.closeNow();
        } else if (draining) {
            added.drain();
        }
    }

    /**
     * The same connection, of which it is known now whose it is.
     *
     * @return why there is no room for that client, and then all is as before; null where there is
     */
    @Nullable Refusal identified(OpenConnection before, OpenConnection after) {
        AddressBlock client = after.peer().countsAs();
        if (!byAddress.enter(client)) {
            return Refusal.ADDRESS;
        }
        open.put(after, Optional.ofNullable(client));
        Optional<AddressBlock> proxy = open.remove(before);
        if (proxy != null) {
            byAddress.leave(proxy.orElse(null));
        }
        end(after);
        return null;
    }

    /** Whether that is one of the trusted proxies. */
    boolean trusts(InetAddress address) {
        return byAddress.isExempt(address);
    }

    void leave(OpenConnection connection) {
        Optional<AddressBlock> client = open.remove(connection);
        if (client != null) {
            byAddress.leave(client.orElse(null));
            count.decrementAndGet();
            completeIfDrained();
        }
    }

    /** Whether connections end with the request they carry. */
    boolean draining() {
        return draining;
    }

    /** No more are taken, unused ones close soon, others with their request; completes when none is left. */
    CompletionStage<Void> drain() {
        draining = true;
        open.keySet().forEach(OpenConnection::drain);
        completeIfDrained();
        return drained;
    }

    /** Closes those that are left, and those that come. */
    void closeAll() {
        closing = true;
        open.keySet().forEach(OpenConnection::closeNow);
    }

    private void completeIfDrained() {
        if (draining && open.isEmpty()) {
            drained.complete(null);
        }
    }
}
