package io.sessiongate.upstream;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One server of an upstream, as one event loop sees it: its unused connections, the one used last in front, and whether
 * it could be reached. Confined to that loop.
 */
final class UpstreamServer {

    private static final long SHUNNED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final InetSocketAddress address;
    private final String name;
    private final ArrayDeque<UpstreamConnection> kept = new ArrayDeque<>();
    private boolean unreachable;
    private long failedNanos;

    UpstreamServer(InetSocketAddress address) {
        this.address = address;
        this.name = address.getHostString() + ":" + address.getPort();
    }

    /** As configured, so perhaps unresolved. */
    InetSocketAddress address() {
        return address;
    }

    /** {@code host:port}. */
    String name() {
        return name;
    }

    ArrayDeque<UpstreamConnection> kept() {
        return kept;
    }

    /** None of its addresses could be connected to. */
    void failed(long nowNanos) {
        unreachable = true;
        failedNanos = nowNanos;
    }

    void reached() {
        unreachable = false;
    }

    /** Whether it is better left out while another server can be taken: for a second after it failed. */
    boolean shunned(long nowNanos) {
        return unreachable && nowNanos - failedNanos < SHUNNED_NANOS;
    }
}
