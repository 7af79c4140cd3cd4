package io.sessiongate.upstream;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One server of an upstream, as one event loop has it: its unused connections, the one used last in front. Confined to that
 * loop; what all loops know of it is in its {@link Server}.
 */
final class LoopServer {

    private static final long FLAW_TOLD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Server server;
    private final ArrayDeque<UpstreamConnection> kept = new ArrayDeque<>();
    private boolean flawTold;
    private long flawToldNanos;

    LoopServer(Server server) {
        this.server = server;
    }

    Server server() {
        return server;
    }

    ArrayDeque<UpstreamConnection> kept() {
        return kept;
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
}
