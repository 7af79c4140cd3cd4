package io.sessiongate.upstream;

import io.netty.util.concurrent.ScheduledFuture;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.FaultKind;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one event loop to one upstream whose body is still on its way and for which there is no {@linkplain
 * UploadPlaces place}. Of one client first come, first served; clients take turns, and go past those that have their share.
 * Those are few, as each has a quarter of all places, so that looking for the next costs the same however many stand here.
 * Each waits at most until the connect timeout, which is how long it may wait for a connection as well, and only as many as
 * may wait for one ({@code max-waiting}). Whose body has come meanwhile needs no place and goes on at once. Confined to the
 * loop, but for {@link #waiting} and {@link #poke}.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count has one writer, the loop
final class UploadLine {

    private static final Object TRUSTED = new Object();

    private final UpstreamPool pool;
    private final UploadPlaces places;
    private final ConnectionBudget budget;

    /** By client, in the order of their turns; none is empty. */
    private final LinkedHashMap<Object, LinkedHashSet<Standing>> line = new LinkedHashMap<>();

    private volatile int waiting;

    UploadLine(UpstreamPool pool, UploadPlaces places, ConnectionBudget budget) {
        this.pool = pool;
        this.places = places;
        this.budget = budget;
    }

    /** From any thread. */
    int waiting() {
        return waiting;
    }

    /** A request, or its body, is over; with it its place, where it had one. */
    void over(@Nullable Place place) {
        if (place != null) {
            place.giveBack();
        }
    }

    /** Finds a place, and then a connection. */
    PendingConnection acquire(Wish wish) {
        serve();
        // Whoever stands there still has its share, or there is nothing left: this one may be another.
        Place place = places.tryTake(wish.client());
        if (place != null) {
            return pool.acquire(wish, place, pool.settings().connectNanos);
        }
        if (!budget.tryWait()) {
            pool.refuse(FaultKind.UPSTREAM_BUSY, wish.events());
            return PendingConnection.NONE;
        }
        Standing standing = new Standing(wish);
        line.computeIfAbsent(standing.key(), key -> new LinkedHashSet<>()).add(standing);
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
        while (!line.isEmpty() && goFirst()) {
            // The next one, from the front: who went may have changed the line.
        }
    }

    /** Lets the first go of a client for whom there is a place; false where there is none for anybody. */
    private boolean goFirst() {
        for (LinkedHashSet<Standing> ofOne : line.values()) {
            Standing first = ofOne.iterator().next();
            Place place = places.tryTake(first.client);
            if (place != null) {
                line.remove(first.key());
                line.put(first.key(), ofOne);
                first.go(place);
                return true;
            }
            if (places.full()) {
                return false;
            }
        }
        return false;
    }

    /** Refuses who waits. */
    void close() {
        line.values().stream().flatMap(LinkedHashSet::stream).toList().forEach(Standing::refuse);
    }

    /** One request in the line; from when it goes, its wish for a connection. */
    private final class Standing implements PendingConnection {

        private final Wish asked;
        private final @Nullable AddressBlock client;
        private final long boundNanos = pool.settings().connectNanos;
        private final long sinceNanos = pool.nowNanos();
        private final ScheduledFuture<?> timer = pool.loop().schedule(this::refuse, boundNanos, TimeUnit.NANOSECONDS);
        private boolean stands = true;
        private @Nullable PendingConnection wish;

        Standing(Wish asked) {
            this.asked = asked;
            this.client = asked.client();
        }

        /** Those that come through a trusted proxy are not told apart. */
        private Object key() {
            return client == null ? TRUSTED : client;
        }

        /** Out of the line, and on to a connection with what is left of its time. */
        void go(@Nullable Place place) {
            leave();
            long leftNanos = Math.max(0, boundNanos - (pool.nowNanos() - sinceNanos));
            wish = pool.acquire(asked, place, leftNanos);
        }

        @Override
        public void bodyHere() {
            if (stands) {
                go(null);
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
                pool.refuse(FaultKind.UPSTREAM_BUSY, asked.events());
            }
        }

        private void leave() {
            stands = false;
            timer.cancel(false);
            LinkedHashSet<Standing> ofOne = line.get(key());
            if (ofOne != null && ofOne.remove(this) && ofOne.isEmpty()) {
                line.remove(key());
            }
            waiting--;
            places.stoodUp();
            budget.waited();
        }
    }
}
