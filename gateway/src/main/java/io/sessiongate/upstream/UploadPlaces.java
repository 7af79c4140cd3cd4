package io.sessiongate.upstream;

import io.sessiongate.http.AddressBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many requests of one upstream whose body is still on its way may hold a connection, or wait for one, at once, on all
 * loops together: never more than {@code max}, so that clients who send slowly can never take all of them. From half of
 * them on, a client that has a quarter gets no more, so that one alone cannot take the places of all other
 * uploads either. Who finds no place stands in its loop's {@link UploadLine}. Safe to use from any thread; only requests
 * with a body that is not here come by. An entry a client that has a place, and so at most {@code max}.
 */
final class UploadPlaces {

    private volatile int max;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ConcurrentHashMap<AddressBlock, Integer> held = new ConcurrentHashMap<>();
    private final Place uncounted = new Place(null);
    private final List<UploadLine> lines = new ArrayList<>();

    UploadPlaces(int max) {
        this.max = max;
    }

    /** Another bound from now on; what is more than it allows ends by itself. */
    void resize(int nextMax) {
        max = nextMax;
        pokeWaiting();
    }

    /** Only while the upstream is being built. */
    void join(UploadLine line) {
        lines.add(line);
    }

    /**
     * A place, which must be {@linkplain Place#giveBack given back}, once; null where there is none.
     *
     * @param client whose it is; null for a proxy that is trusted, whose users are not told apart and not limited
     */
    @Nullable Place tryTake(@Nullable AddressBlock client) {
        if (client == null) {
            return tryTake() ? uncounted : null;
        }
        if (full() || hasItsShare(held.getOrDefault(client, 0))) {
            return null;
        }
        // Both counts change in one step: one that is taken back would hide a place from who looks meanwhile,
        // and is told of none later.
        Place place = new Place(client);
        held.compute(client, (same, own) -> place.take(own == null ? 0 : own));
        return place.taken ? place : null;
    }

    private boolean tryTake() {
        int seen = taken.get();
        while (seen < max) {
            int before = taken.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    /** Whether there is no place for anybody. */
    boolean full() {
        return taken.get() >= max;
    }

    private boolean hasItsShare(int own) {
        int most = max;
        return own >= Math.max(1, most / 4) && taken.get() >= most / 2;
    }

    /** Somebody stands in a line from now on. Said before the last look for a place, so that none is given back unseen. */
    void stands() {
        waiting.incrementAndGet();
    }

    void stoodUp() {
        waiting.decrementAndGet();
    }

    private void pokeWaiting() {
        if (waiting.get() > 0) {
            for (UploadLine line : lines) {
                if (line.waiting() > 0) {
                    line.poke();
                }
            }
        }
    }

    int maxNow() {
        return max;
    }

    int takenNow() {
        return taken.get();
    }

    int waitingNow() {
        return waiting.get();
    }

    /** Clients that have a place and are told apart. */
    int clients() {
        return held.size();
    }

    /** What one request holds. */
    final class Place {

        private final @Nullable AddressBlock client;
        private boolean taken;

        private Place(@Nullable AddressBlock client) {
            this.client = client;
        }

        /** How many the client has from now on; null for none. */
        private @Nullable Integer take(int own) {
            taken = !hasItsShare(own) && tryTake();
            int now = taken ? own + 1 : own;
            return now == 0 ? null : now;
        }

        /** It is free again: lines in which somebody stands are told, each on its own loop. */
        void giveBack() {
            if (client != null) {
                held.computeIfPresent(client, (same, own) -> own == 1 ? null : own - 1);
            }
            UploadPlaces.this.taken.decrementAndGet();
            pokeWaiting();
        }
    }
}
