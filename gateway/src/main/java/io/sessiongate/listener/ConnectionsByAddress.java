package io.sessiongate.listener;

import io.sessiongate.config.CidrBlock;
import io.sessiongate.http.AddressBlock;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many connections each client has, by {@link AddressBlock}: at most {@code limit}, so that one cannot take the places of
 * all. Trusted proxies are not counted: all their users come from their address, and whom to turn away there only they can
 * say. Safe to use from any thread; an entry a client with an open connection, and so bounded as those are.
 */
final class ConnectionsByAddress {

    private volatile int limit;
    private volatile List<CidrBlock> exempt;
    private final ConcurrentHashMap<AddressBlock, Integer> counts = new ConcurrentHashMap<>();

    ConnectionsByAddress(int limit, List<CidrBlock> exempt) {
        this.limit = limit;
        this.exempt = List.copyOf(exempt);
    }

    /** Other rules hold from now on, for who comes; who is here stays, and counts as it did. */
    void rules(int newLimit, List<CidrBlock> newExempt) {
        exempt = List.copyOf(newExempt);
        limit = newLimit;
    }

    /** Whether one more may come whom {@link #countsAs} tells; if so it must {@link #leave}. */
    boolean enter(@Nullable AddressBlock client) {
        if (client == null) {
            return true;
        }
        // One beyond is counted as well and taken back by who was refused: otherwise two at once could both see the
        // last place.
        boolean room = counts.merge(client, 1, Integer::sum) <= limit;
        if (!room) {
            leave(client);
        }
        return room;
    }

    void leave(@Nullable AddressBlock client) {
        if (client != null) {
            counts.computeIfPresent(client, (block, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Clients with a connection. */
    int clients() {
        return counts.size();
    }

    /** Connections of the client that has most of them; looks at all clients. */
    int most() {
        int most = 0;
        for (int count : counts.values()) {
            most = Math.max(most, count);
        }
        return most;
    }

    /** Whom an address counts as; null where it is exempt. */
    @Nullable AddressBlock countsAs(InetAddress address) {
        return isExempt(address) ? null : AddressBlock.of(address);
    }

    /** Whether that is one of the trusted proxies. */
    boolean isExempt(InetAddress address) {
        for (CidrBlock block : exempt) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
