package io.sessiongate.session;

import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.VerifiedToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Organises checks over a few connections. Owns the checks wanted or under way (one a session), the line they stand in, and
 * the places in the pool. Confined to the check loop, but for what health and metrics read.
 *
 * <p>A free connection takes all that wait, up to a batch; while none is free they gather. Bounds: never more than {@code
 * connectionLimit} connections, counting those that are opening, overdue, or written off and not yet closed ({@link
 * CheckSlot} says how cancel requests count); at most {@code maxWaiting} sessions in line, the next is answered at once;
 * none stays in line longer than {@code poolTimeout}; every query has an answer 250 ms after {@code queryTimeout} at the
 * latest.
 *
 * <p>While the database is away (an attempt to connect failed, no connection is live) nobody waits for it: whoever waits
 * when the attempt fails, and whoever comes before the next one succeeds, is answered at once. Their asking makes one
 * attempt follow when the {@linkplain ConnectBackoff pause} is over.
 */
final class CheckDispatcher implements CheckSlot.Owner {

    /** The pool's bounds. */
    record Limits(int connectionLimit, int maxWaiting, long poolTimeoutNanos, long queryTimeoutNanos) {}

    /** Is told how each check ended, exactly once, on the check loop. */
    interface Answers {
        /** The store answered; {@code row} is null where there is none. */
        void found(Check check, @Nullable SessionRow row, long begunNanos);

        void failed(Check check, UnknownReason reason);
    }

    private final CheckConnector connector;
    private final CheckLoop loop;
    private final Limits limits;
    private final Answers answers;
    private final StoreHealth health;
    private final SessionMeters meters;
    private final CheckQueue queue;
    private final ConnectBackoff backoff;
    private final Wakeup wakeup;
    private final Map<String, Check> checks = new HashMap<>();
    private final List<CheckSlot> slots = new ArrayList<>();
    private boolean probeWanted;
    private boolean probing;
    private boolean pumping;
    private boolean closed;

    CheckDispatcher(
            CheckConnector connector,
            CheckLoop loop,
            Limits limits,
            ConnectBackoff backoff,
            StoreHealth health,
            SessionMeters meters,
            Answers answers) {
        this.connector = connector;
        this.loop = loop;
        this.limits = limits;
        this.backoff = backoff;
        this.health = health;
        this.meters = meters;
        this.answers = answers;
        this.queue = new CheckQueue(limits.maxWaiting(), limits.poolTimeoutNanos());
        this.wakeup = new Wakeup(loop, this::pump);
        meters.limits(limits.connectionLimit(), limits.maxWaiting());
    }

    /** Has a request wait for the session's check: the one that is wanted or under way, or a new one. */
    void check(PendingRequest request) {
        String sessionId = request.token().sessionId();
        long now = loop.nanoTime();
        Check known = checks.get(sessionId);
        Check check = known == null ? new Check(sessionId, now, 0) : known;
        check.join(request, now);
        check.rememberUntil(request.token().expiresAtEpochMillis());
        if (known != null) {
            queue.promote(check);
        } else {
            accept(check, now);
        }
        pump();
    }

    /**
     * Wants the session checked in the background; a check that is wanted or under way serves as well.
     *
     * @param lingerNanos how long it may wait for company
     */
    void refresh(VerifiedToken token, long lingerNanos) {
        long now = loop.nanoTime();
        Check known = checks.get(token.sessionId());
        Check check = known == null ? new Check(token.sessionId(), now, lingerNanos) : known;
        check.rememberUntil(token.expiresAtEpochMillis());
        if (known == null) {
            accept(check, now);
            pump();
        }
    }

    /** The session has ended: a check of it that is under way was overtaken. */
    void overtake(String sessionId, EndReason reason) {
        Check check = checks.get(sessionId);
        if (check != null) {
            check.overtakenBy(reason);
        }
    }

    /** Wants to know whether the database is there. */
    void probe() {
        probeWanted = !hasLive();
        pump();
    }

    private void accept(Check check, long now) {
        checks.put(check.sessionId(), check);
        if (closed) {
            fail(check, UnknownReason.STOPPING);
        } else if (isAway(now)) {
            probeWanted = true;
            fail(check, UnknownReason.DATABASE_UNAVAILABLE);
        } else if (hasRoomFor(check)) {
            queue.add(check);
        } else {
            fail(check, UnknownReason.WAITING_FULL);
        }
    }

    private boolean hasRoomFor(Check check) {
        if (queue.isFull() && !check.requests().isEmpty()) {
            Check given = queue.giveUpBackground();
            if (given != null) {
                fail(given, UnknownReason.WAITING_FULL);
            }
        }
        return !queue.isFull();
    }

    /** Nothing is live, and what was tried last failed a moment ago or is being tried again with nobody waiting. */
    private boolean isAway(long now) {
        return !hasLive() && (probing || (backoff.remainingNanos(now) > 0 && count(CheckSlot.State.CONNECTING) == 0));
    }

    /** Does all that can be done now: deadlines, batches, connections. */
    private void pump() {
        if (pumping || closed) {
            return;
        }
        pumping = true; // what answers at once comes back here
        try {
            long now = loop.nanoTime();
            queue.expire(now, check -> fail(check, UnknownReason.POOL_TIMEOUT));
            sendBatches(now);
            grow(now);
            sendBatches(now);
            wakeup.in(nanosToNextEvent(now));
        } finally {
            pumping = false;
        }
        publish();
    }

    private void sendBatches(long now) {
        CheckSlot idle = idleSlot();
        while (idle != null && queue.isReady(now)) {
            begin(idle, now);
            idle = idleSlot();
        }
    }

    private void begin(CheckSlot slot, long now) {
        List<Check> batch = queue.take();
        meters.queried(batch.size());
        for (Check check : batch) {
            if (!check.requests().isEmpty()) {
                meters.waited(now - check.wantedNanos());
            }
        }
        slot.begin(batch);
    }

    /** Opens as many connections as there are batches in line, within the limit and the pause after a failure. */
    private void grow(long now) {
        while (backoff.remainingNanos(now) == 0 && slots.size() < limits.connectionLimit() && isAnotherWanted(now)) {
            probing = probeWanted && queue.size() == 0;
            probeWanted = false;
            CheckSlot slot = new CheckSlot(loop, limits.queryTimeoutNanos(), this);
            slots.add(slot);
            slot.open(connector);
        }
    }

    private boolean isAnotherWanted(long now) {
        int opening = count(CheckSlot.State.CONNECTING);
        boolean needed = queue.isReady(now) && queue.size() > opening * CheckConnection.MAX_BATCH;
        return needed || (probeWanted && opening == 0 && !hasLive());
    }

    private long nanosToNextEvent(long now) {
        long next = queue.nanosToNextEvent(now);
        long pause = backoff.remainingNanos(now);
        boolean connectLater = pause > 0 && (probeWanted || queue.size() > 0);
        return connectLater ? Math.min(next, pause) : next;
    }

    @Override
    public void connected(CheckSlot slot) {
        meters.connected();
        probing = false;
        probeWanted = false;
        health.connected();
        pump();
    }

    @Override
    public void refused(CheckSlot slot, String message) {
        meters.connectFailed();
        lost(slot, message);
    }

    @Override
    public void gone(CheckSlot slot, boolean proven) {
        if (proven || closed) {
            slots.remove(slot);
            pump();
            publish();
        } else {
            // Let in and thrown out before it answered anything (a pooler without a server does that): as good as
            // refused.
            lost(slot, "the connection was closed before it answered");
        }
    }

    private void lost(CheckSlot slot, String message) {
        slots.remove(slot);
        probing = false;
        backoff.failed(loop.nanoTime());
        health.failed(message);
        if (!hasLive() && count(CheckSlot.State.CONNECTING) == 0) {
            queue.takeAll().forEach(check -> fail(check, UnknownReason.DATABASE_UNAVAILABLE));
        }
        pump();
    }

    @Override
    public void answered(List<Check> batch, CheckResult result, long begunNanos) {
        meters.queryOver(loop.nanoTime() - begunNanos);
        if (result instanceof CheckResult.Rows rows) {
            backoff.succeeded();
            RowsById byId = new RowsById(rows.rows());
            health.answered(byId.isAmbiguous());
            for (Check check : batch) {
                found(check, byId, begunNanos);
            }
        } else if (result instanceof CheckResult.Failed failed) {
            if (failed.reason() == UnknownReason.QUERY_TIMEOUT) {
                meters.queryTimeout(batch.size());
            }
            health.failed(failed.message());
            batch.forEach(check -> fail(check, failed.reason()));
        }
    }

    private void found(Check check, RowsById rows, long begunNanos) {
        if (rows.isAmbiguous(check.sessionId())) {
            fail(check, UnknownReason.DATABASE_UNAVAILABLE);
        } else {
            checks.remove(check.sessionId());
            answers.found(check, rows.get(check.sessionId()), begunNanos);
        }
    }

    private void fail(Check check, UnknownReason reason) {
        checks.remove(check.sessionId());
        UnknownReason told = closed ? UnknownReason.STOPPING : reason;
        if (check.requests().isEmpty()) {
            meters.refreshDropped();
        } else if (told == UnknownReason.WAITING_FULL) {
            meters.waitingRejected();
        } else if (told == UnknownReason.POOL_TIMEOUT) {
            meters.poolTimeout();
        }
        answers.failed(check, told);
    }

    @Override
    public void idle(CheckSlot slot) {
        pump();
    }

    /** Answers all that wait, closes all connections, takes no more. */
    void close() {
        closed = true;
        wakeup.cancel();
        List.copyOf(slots).forEach(CheckSlot::abandon);
        queue.takeAll().forEach(check -> fail(check, UnknownReason.STOPPING));
        publish();
    }

    private void publish() {
        int inUse = count(CheckSlot.State.BUSY) + count(CheckSlot.State.OVERDUE);
        meters.pool(slots.size(), inUse, queue.size());
        health.pool(hasLive(), slots.size(), queue.size());
    }

    private boolean hasLive() {
        return count(CheckSlot.State.IDLE) + count(CheckSlot.State.BUSY) > 0;
    }

    private @Nullable CheckSlot idleSlot() {
        for (CheckSlot slot : slots) {
            if (slot.state() == CheckSlot.State.IDLE) {
                return slot;
            }
        }
        return null;
    }

    private int count(CheckSlot.State state) {
        int count = 0;
        for (CheckSlot slot : slots) {
            count += slot.state() == state ? 1 : 0;
        }
        return count;
    }
}
