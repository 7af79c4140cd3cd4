package io.sessiongate.upstream;

import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;

/** The connections of one event loop to all upstreams. Confined to that loop. */
public final class LoopUpstreams {

    private final Upstreams upstreams;
    private final int index;

    LoopUpstreams(Upstreams upstreams, int index) {
        this.upstreams = upstreams;
        this.index = index;
    }

    /**
     * Asks for a connection. The events tell, inline or later, whether there is one; what waits can be taken back. Of an
     * upstream that no configuration has known for some minutes there is none.
     */
    public PendingConnection acquire(String upstream, Wish wish) {
        Upstream found = upstreams.byName().get(upstream);
        if (found == null) {
            wish.events().onUnavailable(Fault.of(FaultKind.UPSTREAM_UNREACHABLE));
            return PendingConnection.NONE;
        }
        return found.on(index).acquire(wish);
    }

    /** Closes unused connections; those in use close with their requests. */
    void close() {
        upstreams.byName().values().forEach(upstream -> upstream.on(index).close());
    }
}
