package io.sessiongate.listener;

import io.sessiongate.flow.Peer;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.FaultKind;
import io.sessiongate.upstream.LoopUpstreams;
import io.sessiongate.upstream.Loss;
import io.sessiongate.upstream.PendingConnection;
import io.sessiongate.upstream.Tried;
import io.sessiongate.upstream.UpstreamConnection;
import io.sessiongate.upstream.UpstreamEvents;
import io.sessiongate.upstream.Wish;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An exchange's place upstream: the wish for a connection, then the connection, and once perhaps another. One a connection,
 * for one exchange after the other. Confined to the client connection's event loop.
 */
final class NextHop implements Wish {

    private final LoopUpstreams upstreams;
    private final Peer peer;
    private final Upload upload;

    // What is wished for.
    private String upstream = "";
    private long key;
    private boolean fresh;
    private @Nullable Tried tried;
    private @Nullable UpstreamEvents events;

    private boolean wished;
    private PendingConnection pending = PendingConnection.NONE;
    private @Nullable UpstreamConnection connection;
    private boolean wasStale;
    private int retries;

    /** Whose budget has a place for this request as one that was sent again. */
    private @Nullable UpstreamConnection retryOf;

    private long sentNanos;

    NextHop(LoopUpstreams upstreams, Peer peer, Upload upload) {
        this.upstreams = upstreams;
        this.peer = peer;
        this.upload = upload;
    }

    /** Another exchange begins. */
    void begin() {
        wasStale = false;
        retries = 0;
        fresh = false;
        tried = null;
    }

    /**
     * Where the request goes.
     *
     * @param balanceKey the same for all requests that one server should get
     */
    void target(String name, long balanceKey) {
        upstream = name;
        key = balanceKey;
    }

    /** Asks for a connection; the events tell, inline or later, and whoever is told says {@link #found} or {@link #unavailable}. */
    void wish(UpstreamEvents receiver) {
        events = receiver;
        wished = true;
        PendingConnection wish = upstreams.acquire(upstream, this);
        if (wished) {
            pending = wish;
        }
    }

    @Override
    public boolean fresh() {
        return fresh;
    }

    @Override
    public boolean bodyComing() {
        return upload.coming();
    }

    @Override
    public @Nullable AddressBlock client() {
        return peer.countsAs();
    }

    @Override
    public long key() {
        return key;
    }

    @Override
    public @Nullable Tried tried() {
        return tried;
    }

    @Override
    public UpstreamEvents events() {
        return Objects.requireNonNull(events, "nothing is wished for");
    }

    /**
     * Whether a request that may be repeated is, after its connection was lost; the next wish is for that. Once on a new
     * connection where a kept one was stale, which says nothing of the server; else on another server, as often as the upstream
     * allows.
     */
    boolean repeats(UpstreamConnection lost, Loss loss) {
        boolean stale = loss == Loss.STALE || loss == Loss.UNPROCESSED;
        if (loss == Loss.ANSWER || (stale && wasStale)) {
            return false;
        }
        Tried before = lost.tried(tried);
        if (stale) {
            wasStale = true;
        } else if (lost.tryRetry(retries, before)) {
            retries++;
            retryOf = lost;
        } else {
            return false;
        }
        fresh = stale;
        tried = before;
        lost.meters().retried(stale);
        return true;
    }

    void found(UpstreamConnection given, long nowNanos) {
        settled();
        connection = given;
        sentNanos = nowNanos;
    }

    /** There will be none. */
    void unavailable() {
        settled();
        retryOver();
    }

    /** The answer has begun: it is no longer a request that may be too much. */
    void answered() {
        retryOver();
    }

    private void settled() {
        wished = false;
        events = null;
        pending = PendingConnection.NONE;
    }

    private void retryOver() {
        UpstreamConnection of = retryOf;
        if (of != null) {
            retryOf = null;
            of.retryOver();
        }
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
        retryOver();
        return used;
    }

    /** Counts a failure of the server, if there is one. */
    void blame(FaultKind kind) {
        UpstreamConnection used = connection;
        if (used != null) {
            used.blame(kind);
        }
    }

    /** Takes back the wish, and ends what was begun. */
    void abort() {
        pending.cancel();
        settled();
        UpstreamConnection used = leave();
        if (used != null) {
            used.abort();
        }
    }
}
