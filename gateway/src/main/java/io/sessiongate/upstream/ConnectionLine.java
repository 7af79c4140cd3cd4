package io.sessiongate.upstream;

import io.sessiongate.http.FaultKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one event loop to one upstream that have no connection yet, first come, first served: those for which an
 * attempt to open one was made, and those for which there is no place for one. Owns the line and the count of the latter, who
 * each hold one of the {@code max-waiting} places of the {@link ConnectionBudget}; the former are as many at most as there may
 * be connections. Confined to the loop, but for {@link #waiting}.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the count has one writer, the loop
final class ConnectionLine {

    private final ConnectionBudget budget;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private volatile int waiting;

    ConnectionLine(ConnectionBudget budget) {
        this.budget = budget;
    }

    /** Requests for which there is not even an attempt to connect; from any thread. */
    int waiting() {
        return waiting;
    }

    /** At the end of the line, with an attempt of its own about to be made. */
    void add(Waiter waiter) {
        waiters.addLast(waiter);
    }

    /** At the end of the line, without one; its place in the budget is taken already. */
    void addWaiting(Waiter waiter) {
        waiters.addLast(waiter);
        waiting++;
    }

    /** One that waited is about to have an attempt of its own, and gives its place back. */
    void waitsNoMore() {
        waiting--;
        budget.waited();
    }

    /** Whoever is first, with an attempt or without. */
    @Nullable Waiter first() {
        return waiters.peekFirst();
    }

    /** The first who may be given a connection to that server that has been used before. */
    @Nullable Waiter firstFor(Server server) {
        for (Waiter waiter : waiters) {
            if (waiter.takes(server)) {
                return waiter;
            }
        }
        return null;
    }

    /** The first without an attempt. */
    @Nullable Waiter firstWaiting() {
        if (waiting == 0) {
            return null;
        }
        for (Waiter waiter : waiters) {
            if (waiter.attempt() == null) {
                return waiter;
            }
        }
        return null;
    }

    /** The one for which that attempt was made, or null where it has left. */
    @Nullable Waiter of(ConnectAttempt attempt) {
        for (Waiter waiter : waiters) {
            if (waiter.attempt() == attempt) {
                return waiter;
            }
        }
        return null;
    }

    /** It is out of the line, however it ended. */
    void left(Waiter waiter) {
        waiters.remove(waiter);
        if (waiter.attempt() == null) {
            waitsNoMore();
        }
    }

    /** Refuses all. */
    void close() {
        new ArrayList<>(waiters).forEach(w -> w.refuse(FaultKind.UPSTREAM_BUSY));
    }
}
