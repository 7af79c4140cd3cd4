package io.sessiongate.upstream;

import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request that waits for a connection, or for its own attempt to open one, at most until its deadline. Leaves the
 * pool's queue exactly once: granted, refused or taken back. Confined to the pool's event loop.
 */
final class Waiter implements PendingConnection {

    private final UpstreamPool pool;
    private final UpstreamEvents events;
    private final boolean fresh;
    private final @Nullable Place place;
    private final long sinceNanos;
    private final long deadlineNanos;
    private final ScheduledFuture<?> timer;
    private @Nullable ConnectAttempt attempt;
    private boolean done;

    Waiter(UpstreamPool pool, UpstreamEvents events, boolean fresh, @Nullable Place place, long boundNanos) {
        this.pool = pool;
        this.events = events;
        this.fresh = fresh;
        this.place = place;
        this.sinceNanos = pool.nowNanos();
        this.deadlineNanos = sinceNanos + boundNanos;
        this.timer = pool.loop().schedule(this::onDeadline, boundNanos, TimeUnit.NANOSECONDS);
    }

    /** Whether only a new connection will do. */
    boolean fresh() {
        return fresh;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** The attempt made for it, or null while there is no place for one. */
    @Nullable ConnectAttempt attempt() {
        return attempt;
    }

    void attempt(ConnectAttempt made) {
        attempt = made;
    }

    void grant(UpstreamConnection connection) {
        if (leave()) {
            pool.meters().waited(pool.nowNanos() - sinceNanos);
            connection.uploading(place);
            events.onConnection(connection);
        }
    }

    void refuse(FaultKind kind) {
        if (leave()) {
            pool.uploads().over(place);
            pool.meters().error(kind);
            events.onUnavailable(Fault.of(kind));
        }
    }

    private void onDeadline() {
        refuse(attempt != null ? FaultKind.UPSTREAM_UNREACHABLE : FaultKind.UPSTREAM_BUSY);
    }

    @Override
    public void cancel() {
        if (leave()) {
            pool.uploads().over(place);
        }
    }

    private boolean leave() {
        if (done) {
            return false;
        }
        done = true;
        timer.cancel(false);
        pool.left(this);
        return true;
    }
}
