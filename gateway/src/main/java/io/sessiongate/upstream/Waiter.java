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
    private final long key;
    private final @Nullable Tried tried;
    private final @Nullable Place place;
    private final long sinceNanos;
    private final long deadlineNanos;
    private ScheduledFuture<?> timer;
    private @Nullable ConnectAttempt attempt;
    private boolean done;

    /**
     * One that waits.
     *
     * @param waitNanos how long without an attempt of its own
     * @param boundNanos how long in all
     */
    Waiter(UpstreamPool pool, Wish wish, @Nullable Place place, long waitNanos, long boundNanos) {
        this.pool = pool;
        this.events = wish.events();
        this.fresh = wish.fresh();
        this.key = wish.key();
        this.tried = wish.tried();
        this.place = place;
        this.sinceNanos = pool.nowNanos();
        this.deadlineNanos = sinceNanos + boundNanos;
        this.timer = pool.loop().schedule(this::onDeadline, Math.min(waitNanos, boundNanos), TimeUnit.NANOSECONDS);
    }

    /** Whether only a new connection will do. */
    boolean fresh() {
        return fresh;
    }

    long key() {
        return key;
    }

    @Nullable Tried tried() {
        return tried;
    }

    /** Whether a connection to that server will do that has been used before. */
    boolean takes(Server server) {
        return !fresh && !Tried.contains(tried, server);
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
        long leftNanos = deadlineNanos - pool.nowNanos();
        if (attempt == null) {
            refuse(FaultKind.UPSTREAM_BUSY);
        } else if (leftNanos > 0) {
            timer = pool.loop().schedule(this::onDeadline, leftNanos, TimeUnit.NANOSECONDS);
        } else {
            refuse(FaultKind.UPSTREAM_UNREACHABLE);
        }
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
