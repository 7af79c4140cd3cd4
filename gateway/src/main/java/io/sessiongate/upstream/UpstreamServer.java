package io.sessiongate.upstream;

import io.sessiongate.config.ServerAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One server of an upstream, as one event loop sees it: its unused connections, the one used last in front, and whether
 * it could be reached. Confined to that loop.
 */
final class UpstreamServer {

    private static final long SHUNNED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FLAW_TOLD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ServerAddress address;
    private final String name;
    private final ArrayDeque<UpstreamConnection> kept = new ArrayDeque<>();
    private boolean unreachable;
    private boolean flawTold;
    private long flawToldNanos;
    private long failedNanos;

    UpstreamServer(ServerAddress address) {
        this.address = address;
        this.name = address.name();
    }

    /** As configured, so perhaps unresolved. */
    ServerAddress address() {
        return address;
    }

    /** {@code host:port} or {@code unix:/path}. */
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

    /** Whether a flaw of one of its answers is worth a warning: the first one, then one every ten seconds. */
    boolean tellsFlaw(long nowNanos) {
        boolean tells = !flawTold || nowNanos - flawToldNanos >= FLAW_TOLD_NANOS;
        if (tells) {
            flawTold = true;
            flawToldNanos = nowNanos;
        }
        return tells;
    }

    /** Whether it is better left out while another server can be taken: for a second after it failed. */
    boolean shunned(long nowNanos) {
        return unreachable && nowNanos - failedNanos < SHUNNED_NANOS;
    }
}
