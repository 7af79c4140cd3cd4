package io.sessiongate.listener;

import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.flow.Peer;
import io.sessiongate.http.FaultKind;
import io.sessiongate.upstream.LoopUpstreams;
import io.sessiongate.upstream.PendingConnection;
import io.sessiongate.upstream.UpstreamConnection;
import io.sessiongate.upstream.UpstreamEvents;
import org.jspecify.annotations.Nullable;

/**
 * An exchange's place upstream: the wish for a connection, then the connection, and once perhaps another. One a connection,
 * for one exchange after the other. Confined to the client connection's event loop.
 */
final class NextHop {

    private final LoopUpstreams upstreams;
    private final Peer peer;
    private final Upload upload;
    private boolean wished;
    private PendingConnection pending = PendingConnection.NONE;
    private @Nullable UpstreamConnection connection;
    private boolean repeated;
    private long sentNanos;

    NextHop(LoopUpstreams upstreams, Peer peer, Upload upload) {
        this.upstreams = upstreams;
        this.peer = peer;
        this.upload = upload;
    }

    /** Another exchange begins. */
    void begin() {
        repeated = false;
    }

    /**
     * Asks for a connection; the events tell, inline or later, and whoever is told says {@link #found} or {@link #failed}.
     *
     * @param fresh whether it has to be a new one
     */
    void wish(UpstreamConfig to, boolean fresh, UpstreamEvents events) {
        wished = true;
        PendingConnection wish = upstreams.acquire(to.name(), fresh, upload.coming(), peer.countsAs(), events);
        if (wished) {
            pending = wish;
        }
    }

    /** Whether the request can be sent to another server connection after this one failed; true once. */
    boolean repeats() {
        boolean first = !repeated;
        repeated = true;
        return first;
    }

    void found(UpstreamConnection given, long nowNanos) {
        failed();
        connection = given;
        sentNanos = nowNanos;
    }

    /** There will be none. */
    void failed() {
        wished = false;
        pending = PendingConnection.NONE;
    }

    /** All of the body is here: the connection need not be one of those for uploads. */
    void bodyHere() {
        pending.bodyHere();
    }

    @Nullable UpstreamConnection connection() {
        return connection;
    }

    /** Since the request was sent. */
    long nanosAt(long nowNanos) {
        return nowNanos - sentNanos;
    }

    /** Hands the connection over, if there is one; nothing more is passed on to it. */
    @Nullable UpstreamConnection leave() {
        UpstreamConnection used = connection;
        connection = null;
        upload.close();
        return used;
    }

    /** Counts a failure of the server, if there is one. */
    void blame(FaultKind kind) {
        UpstreamConnection used = connection;
        if (used != null) {
            used.meters().error(kind);
        }
    }

    /** Takes back the wish, and ends what was begun. */
    void abort() {
        pending.cancel();
        failed();
        UpstreamConnection used = leave();
        if (used != null) {
            used.abort();
        }
    }
}
