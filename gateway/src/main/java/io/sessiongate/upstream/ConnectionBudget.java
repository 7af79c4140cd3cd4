package io.sessiongate.upstream;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the pools of one upstream share across event loops: the number of connections (never more than {@code max} in
 * all) and of waiting requests (never more than {@code maxWaiting}). Safe to use from any thread.
 *
 * <p>A fixed share a loop would leave connections unused on one loop while another waits, so every pool takes places
 * from the common number. So that none starves, a pool that may not open one asks the others for an unused connection,
 * and a pool that gets a connection back while another waits with none of its own closes it and lets the other have the
 * place.
 */
final class ConnectionBudget {

    private volatile int max;
    private volatile int maxWaiting;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<UpstreamPool> pools = new CopyOnWriteArrayList<>();

    ConnectionBudget(int max, int maxWaiting) {
        this.max = max;
        this.maxWaiting = maxWaiting;
    }

    /** Only while the upstream is being built. */
    void join(UpstreamPool pool) {
        pools.add(pool);
    }

    /** Other bounds from now on; what is more than they allow ends by itself. */
    void resize(int nextMax, int nextMaxWaiting) {
        max = nextMax;
        maxWaiting = nextMaxWaiting;
        pokeWaiting();
    }

    boolean tryOpen() {
        return tryAdd(open, max);
    }

    /** Whether there is no place for another connection. */
    boolean full() {
        return open.get() >= max;
    }

    /** A place is free again: pools with waiting requests are told, each on its own loop. */
    void closed() {
        open.decrementAndGet();
        pokeWaiting();
    }

    /** There may be something for those who wait: their pools are told, each on its own loop. */
    void pokeWaiting() {
        if (waiting.get() > 0) {
            for (UpstreamPool pool : pools) {
                if (pool.waiting() > 0) {
                    pool.poke();
                }
            }
        }
    }

    boolean tryWait() {
        return tryAdd(waiting, maxWaiting);
    }

    void waited() {
        waiting.decrementAndGet();
    }

    /** Asks the other pools for one unused connection. */
    void askForIdle(UpstreamPool asking) {
        for (UpstreamPool pool : pools) {
            if (pool != asking && pool.idle() > 0) {
                pool.askToYield();
                return;
            }
        }
    }

    /** Whether another pool waits without a connection of its own, so that none can ever come back to it. */
    boolean othersStarve(UpstreamPool releasing) {
        if (waiting.get() == 0) {
            return false;
        }
        for (UpstreamPool pool : pools) {
            if (pool != releasing && pool.waiting() > 0 && pool.open() == 0) {
                return true;
            }
        }
        return false;
    }

    int maxNow() {
        return max;
    }

    int maxWaitingNow() {
        return maxWaiting;
    }

    int openNow() {
        return open.get();
    }

    int waitingNow() {
        return waiting.get();
    }

    int idleNow() {
        int sum = 0;
        for (UpstreamPool pool : pools) {
            sum += pool.idle();
        }
        return sum;
    }

    private static boolean tryAdd(AtomicInteger count, int bound) {
        int seen = count.get();
        while (seen < bound) {
            int before = count.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }
}
