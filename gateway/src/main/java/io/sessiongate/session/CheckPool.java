package io.sessiongate.session;

import io.sessiongate.metrics.SessionMeters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections to the session store: opened when checks want them, kept while they work, dropped when they are gone.
 * Confined to the check loop.
 *
 * <p>Never more than {@code limit}, counting those that are opening, overdue, or written off and not yet confirmed closed;
 * {@link CheckSlot} says how cancel requests count. After an attempt that failed there is a {@linkplain ConnectBackoff
 * pause}; who asks meanwhile makes one attempt follow it.
 */
final class CheckPool implements CheckSlot.Connections {

    private final CheckConnector connector;
    private final CheckLoop loop;
    private final int limit;
    private final long queryTimeoutNanos;
    private final ConnectBackoff backoff;
    private final StoreHealth health;
    private final SessionMeters meters;
    private final Line line;
    private final List<CheckSlot> slots = new ArrayList<>();
    private boolean probeWanted;
    private boolean probing;
    private boolean closed;

    /** Those who wait for connections and use them. */
    interface Line extends CheckSlot.Batches {
        /** There is a connection more or less. */
        void changed();

        /** A connection was given up as it answered nothing, not even a cancel request, and there is no other to ask. */
        void hung();

        /** No connection is live or opening, and the last attempt failed: nobody should wait. */
        void away();
    }

    CheckPool(
            CheckConnector connector,
            CheckLoop loop,
            int limit,
            long queryTimeoutNanos,
            ConnectBackoff backoff,
            StoreHealth health,
            SessionMeters meters,
            Line line) {
        this.connector = connector;
        this.loop = loop;
        this.limit = limit;
        this.queryTimeoutNanos = queryTimeoutNanos;
        this.backoff = backoff;
        this.health = health;
        this.meters = meters;
        this.line = line;
    }

    int size() {
        return slots.size();
    }

    int inUse() {
        return count(CheckSlot.State.BUSY) + count(CheckSlot.State.OVERDUE);
    }

    /** Whether a connection is open that can be expected to answer. */
    boolean hasLive() {
        return count(CheckSlot.State.IDLE) + count(CheckSlot.State.BUSY) > 0;
    }

    @Nullable CheckSlot idle() {
        for (CheckSlot slot : slots) {
            if (slot.state() == CheckSlot.State.IDLE) {
                return slot;
            }
        }
        return null;
    }

    /** Sends a batch out over an idle connection, which is the last in turn then: those to several servers share the work. */
    void begin(CheckSlot idle, List<Check> batch) {
        slots.remove(idle);
        slots.add(idle);
        idle.begin(batch);
    }

    /**
     * Whether waiting makes no sense: nothing is live, and the last attempt failed a moment ago or is being repeated to see
     * whether the database is back.
     */
    boolean isAway(long nowNanos) {
        boolean paused = backoff.remainingNanos(nowNanos) > 0 && count(CheckSlot.State.CONNECTING) == 0;
        return backoff.isFailing() && !hasLive() && (probing || paused);
    }

    /** Somebody would like a connection to be there, without waiting for it. */
    void wantProbe() {
        probeWanted = !hasLive();
    }

    /** Opens as many connections as there are batches in line, within the limit and the pause after a failure. */
    void grow(int ready, long nowNanos) {
        while (slots.size() < limit && isAnotherWanted(ready) && backoff.remainingNanos(nowNanos) == 0) {
            probing = probeWanted && ready == 0;
            probeWanted = false;
            CheckSlot slot = new CheckSlot(loop, queryTimeoutNanos, this, line);
            slots.add(slot);
            meters.connecting();
            slot.open(connector);
        }
    }

    private boolean isAnotherWanted(int ready) {
        int opening = count(CheckSlot.State.CONNECTING);
        return ready > opening * CheckConnection.MAX_BATCH || (probeWanted && opening == 0 && !hasLive());
    }

    /** Nanoseconds until {@link #grow} can do what it cannot do now; the greatest long when time alone changes nothing. */
    long nanosToNextAttempt(int ready, long nowNanos) {
        long pauseNanos = backoff.remainingNanos(nowNanos);
        return pauseNanos > 0 && (probeWanted || ready > 0) ? pauseNanos : Long.MAX_VALUE;
    }

    /** A query was answered: whatever was wrong is over. */
    void proven() {
        backoff.succeeded();
    }

    @Override
    public void connected() {
        probing = false;
        probeWanted = false;
        health.connected();
        line.changed();
    }

    @Override
    public void refused(CheckSlot slot, String message) {
        meters.connectFailed();
        if (!closed) {
            health.refused(message);
        }
        lost(slot);
    }

    @Override
    public void hung() {
        if (!hasLive()) {
            line.hung();
        }
    }

    @Override
    public void gone(CheckSlot slot, boolean useless) {
        if (useless) {
            // Let in and thrown out, as a pooler without a server does: no better than refused.
            health.failed("the connection was closed before it answered anything");
            lost(slot);
        } else {
            slots.remove(slot);
            line.changed();
        }
    }

    private void lost(CheckSlot slot) {
        slots.remove(slot);
        probing = false;
        backoff.failed(loop.nanoTime());
        if (!hasLive() && count(CheckSlot.State.CONNECTING) == 0) {
            line.away();
        }
        line.changed();
    }

    /** Gives up every connection; those that are opening close as soon as they are open. */
    void close() {
        closed = true;
        connector.close();
        List.copyOf(slots).forEach(CheckSlot::abandon);
    }

    private int count(CheckSlot.State state) {
        int count = 0;
        for (CheckSlot slot : slots) {
            count += slot.state() == state ? 1 : 0;
        }
        return count;
    }
}
