package io.sessiongate.upstream;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one event loop to one upstream whose body is still on its way and for which there is no {@linkplain
 * UploadPlaces place}. First come, first served; each waits at most until the connect timeout, which is how long it may wait
 * for a connection as well, and only as many as may wait for one ({@code max-waiting}). Whose body has come meanwhile needs
 * no place and goes on at once. Confined to the loop, but for {@link #waiting} and {@link #poke}.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count has one writer, the loop
final class UploadLine {

    private final UpstreamPool pool;
    private final UploadPlaces places;
    private final ConnectionBudget budget;
    private final long boundNanos;
    private final ArrayDeque<Standing> line = new ArrayDeque<>();
    private volatile int waiting;

    UploadLine(UpstreamPool pool, UploadPlaces places, ConnectionBudget budget, long boundNanos) {
        this.pool = pool;
        this.places = places;
        this.budget = budget;
        this.boundNanos = boundNanos;
    }

    /** From any thread. */
    int waiting() {
        return waiting;
    }

    /** A request, or its body, is over; with it its place, where it had one. */
    void over(boolean place) {
        if (place) {
            places.giveBack();
        }
    }

    /** Finds a place, and then a connection. */
    PendingConnection acquire(boolean fresh, UpstreamEvents events) {
        if (line.isEmpty() && places.tryTake()) {
            return pool.acquire(fresh, true, boundNanos, events);
        }
        if (!budget.tryWait()) {
            pool.refuse(events);
            return PendingConnection.NONE;
        }
        Standing standing = new Standing(fresh, events);
        line.addLast(standing);
        waiting++;
        places.stands();
        serve();
        return standing;
    }

    /** From any thread: a place may be free. */
    void poke() {
        pool.loop().execute(this::serve);
    }

    private void serve() {
        while (!line.isEmpty() && places.tryTake()) {
            line.getFirst().go(true);
        }
    }

    /** Refuses who waits. */
    void close() {
        new ArrayList<>(line).forEach(Standing::refuse);
    }

    /** One request in the line; from when it goes, its wish for a connection. */
    private final class Standing implements PendingConnection {

        private final boolean fresh;
        private final UpstreamEvents events;
        private final long sinceNanos = pool.nowNanos();
        private final ScheduledFuture<?> timer = pool.loop().schedule(this::refuse, boundNanos, TimeUnit.NANOSECONDS);
        private boolean stands = true;
        private @Nullable PendingConnection wish;

        Standing(boolean fresh, UpstreamEvents events) {
            this.fresh = fresh;
            this.events = events;
        }

        /** Out of the line, and on to a connection with what is left of its time. */
        void go(boolean place) {
            leave();
            long leftNanos = Math.max(0, boundNanos - (pool.nowNanos() - sinceNanos));
            wish = pool.acquire(fresh, place, leftNanos, events);
        }

        @Override
        public void bodyHere() {
            if (stands) {
                go(false);
            }
        }

        @Override
        public void cancel() {
            if (stands) {
                leave();
            } else if (wish != null) {
                wish.cancel();
            }
        }

        private void refuse() {
            if (stands) {
                leave();
                pool.refuse(events);
            }
        }

        private void leave() {
            stands = false;
            timer.cancel(false);
            line.remove(this);
            waiting--;
            places.stoodUp();
            budget.waited();
        }
    }
}
