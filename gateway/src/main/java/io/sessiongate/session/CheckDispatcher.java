package io.sessiongate.session;

import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Organises checks over a few connections. Owns the checks that are wanted or under way, at most one a session, and the line
 * they stand in. Confined to the check loop.
 *
 * <p>A free connection takes all that wait, up to a batch; while none is free they gather. Bounds: the {@linkplain CheckPool
 * pool's} connections; at most {@code maxWaiting} sessions in line, the next is answered at once; none stays in line longer
 * than {@code poolTimeout}; every query has an answer 250 ms after {@code queryTimeout} at the latest.
 *
 * <p>While the database is away (an attempt to connect failed, no connection is live) nobody waits for it: whoever waits when
 * the attempt fails, and whoever comes before the next one succeeds, is answered at once. The same while the {@linkplain
 * CheckCircuit circuit} is open, for a database that takes connections and answers nothing.
 */
final class CheckDispatcher implements CheckPool.Line {

    /** The bounds. */
    record Limits(int connectionLimit, int maxWaiting, long poolTimeoutNanos, long queryTimeoutNanos) {}

    /** Is told how each check ended, exactly once, on the check loop. */
    interface Answers {
        /** The store answered; {@code row} is null where there is none. */
        void found(Check check, @Nullable SessionRow row, long asOfNanos);

        void failed(Check check, UnknownReason reason);

        /** A request was not taken on at all. */
        void turnedAway(PendingRequest request, UnknownReason reason);
    }

    private final CheckLoop loop;
    private final Answers answers;
    private final StoreHealth health;
    private final SessionMeters meters;
    private final CheckPool pool;
    private final CheckQueue queue;
    private final CheckCircuit circuit;
    private final Wakeup wakeup;
    private final Map<Fingerprint, Check> checks = new HashMap<>();
    private boolean pumping;
    private boolean closed;

    CheckDispatcher(
            CheckConnector connector,
            CheckLoop loop,
            Limits limits,
            ConnectBackoff backoff,
            CheckBreaker breaker,
            StoreHealth health,
            SessionMeters meters,
            Answers answers) {
        this.loop = loop;
        this.health = health;
        this.meters = meters;
        this.answers = answers;
        this.pool = new CheckPool(
                connector, loop, limits.connectionLimit(), limits.queryTimeoutNanos(), backoff, health, meters, this);
        this.queue = new CheckQueue(limits.maxWaiting(), limits.poolTimeoutNanos());
        this.wakeup = new Wakeup(loop, this::pump);
        this.circuit = new CheckCircuit(loop, breaker, this::sendProbe);
        meters.limits(limits.connectionLimit(), limits.maxWaiting());
    }

    /**
     * Has a request wait for the session's check: the one that is wanted or under way, or a new one.
     *
     * @param notOlderThanNanos what the answer has to hold, as in {@link CheckConnection#check}
     */
    void check(PendingRequest request, long notOlderThanNanos) {
        if (circuit.isOpen()) {
            answers.turnedAway(request, closed ? UnknownReason.STOPPING : UnknownReason.CIRCUIT_OPEN);
            return;
        }
        long now = loop.nanoTime();
        Check known = checks.get(request.token().sessionKey());
        Check check = known == null ? new Check(request.token(), now, 0) : known;
        check.join(request, now);
        check.rememberUntil(request.token().expiresAtEpochMillis());
        check.wantNotOlderThan(notOlderThanNanos);
        if (known == null) {
            accept(check, now);
        } else {
            queue.promote(check);
        }
        pump();
    }

    /**
     * Wants the session checked in the background; a check that is wanted or under way serves as well.
     *
     * @param lingerNanos how long it may wait for company
     */
    void refresh(VerifiedToken token, long lingerNanos) {
        refresh(token, lingerNanos, CheckConnection.ANY_AGE);
    }

    /** The same; {@code notOlderThanNanos} as in {@link CheckConnection#check}, unless a check is under way. */
    void refresh(VerifiedToken token, long lingerNanos, long notOlderThanNanos) {
        if (circuit.isOpen()) {
            drop(new Check(token, loop.nanoTime(), 0), UnknownReason.CIRCUIT_OPEN);
            return;
        }
        long now = loop.nanoTime();
        Check known = checks.get(token.sessionKey());
        Check check = known == null ? new Check(token, now, lingerNanos) : known;
        check.rememberUntil(token.expiresAtEpochMillis());
        check.wantNotOlderThan(notOlderThanNanos);
        if (known == null) {
            accept(check, now);
            pump();
        }
    }

    private void sendProbe(Check probe) {
        accept(probe, probe.wantedNanos());
        pump();
    }

    /** The session has ended: a check of it that is wanted or under way was overtaken. */
    void overtake(Fingerprint session, EndReason reason) {
        Check check = checks.get(session);
        if (check != null) {
            check.overtakenBy(reason);
        }
    }

    /** Whether anybody waits for an answer of the store. */
    boolean isBusy() {
        return !checks.isEmpty();
    }

    /** Wants to know whether the database is there. */
    void probe() {
        pool.wantProbe();
        pump();
    }

    /** Answers all that wait, closes all connections, takes no more. May be called again. */
    void close() {
        closed = true;
        wakeup.cancel();
        circuit.close();
        pool.close();
        away();
        publish();
    }

    private void accept(Check check, long now) {
        checks.put(check.session(), check);
        if (pool.isAway(now)) {
            pool.wantProbe();
            fail(check, UnknownReason.DATABASE_UNAVAILABLE);
        } else if (!closed && hasRoomFor(check)) {
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

    /** Does all that can be done now: deadlines, batches, connections. */
    private void pump() {
        if (pumping || closed) {
            return;
        }
        pumping = true; // what is answered at once comes back here
        try {
            long now = loop.nanoTime();
            queue.expire(now, check -> fail(check, UnknownReason.POOL_TIMEOUT));
            sendBatches(now);
            pool.grow(queue.ready(now), now);
            sendBatches(now);
            wakeup.in(Math.min(queue.nanosToNextEvent(now), pool.nanosToNextAttempt(queue.ready(now), now)));
        } finally {
            pumping = false;
        }
        publish();
    }

    private void sendBatches(long now) {
        CheckSlot idle = pool.idle();
        while (idle != null && queue.ready(now) > 0) {
            List<Check> batch = queue.take();
            meters.queried(batch.size());
            for (Check check : batch) {
                if (!check.requests().isEmpty()) {
                    meters.waited(now - check.wantedNanos());
                }
            }
            pool.begin(idle, batch);
            idle = pool.idle();
        }
    }

    @Override
    public void changed() {
        pump();
        publish();
    }

    @Override
    public void idle() {
        pump();
    }

    @Override
    public void away() {
        failAllInLine(UnknownReason.DATABASE_UNAVAILABLE);
    }

    private void failAllInLine(UnknownReason reason) {
        queue.takeAll().forEach(check -> fail(check, reason));
    }

    @Override
    public void answered(List<Check> batch, CheckResult result, long begunNanos) {
        meters.queryOver(loop.nanoTime() - begunNanos);
        if (result instanceof CheckResult.Rows rows) {
            pool.proven();
            circuit.answered();
            RowsById byId = new RowsById(rows.rows());
            health.answered(byId.isAmbiguous());
            long asOfNanos = begunNanos - rows.stalenessNanos();
            batch.forEach(check -> found(check, rows, byId, asOfNanos));
        } else if (result instanceof CheckResult.Failed failed) {
            if (failed.reason() == UnknownReason.QUERY_TIMEOUT) {
                meters.queryTimeout(batch.size());
            }
            if (!closed) {
                health.failed(failed.message());
            }
            boolean opened = circuit.batchFailed(batch.get(0));
            batch.forEach(check -> fail(check, failed.reason()));
            if (opened) {
                onOpened();
            }
        }
    }

    @Override
    public void hung() {
        if (circuit.hung()) {
            onOpened();
            publish();
        }
    }

    private void onOpened() {
        if (!closed) {
            meters.circuitOpened();
            health.circuitOpened();
            failAllInLine(UnknownReason.CIRCUIT_OPEN);
        }
    }

    private void found(Check check, CheckResult.Rows answer, RowsById byId, long asOfNanos) {
        String id = check.sessionId();
        if (byId.isAmbiguous(id) || answer.unanswered().contains(id)) {
            fail(check, UnknownReason.DATABASE_UNAVAILABLE);
        } else {
            checks.remove(check.session());
            answers.found(check, byId.get(id), asOfNanos);
        }
    }

    private void fail(Check check, UnknownReason reason) {
        checks.remove(check.session());
        circuit.failed(check);
        drop(check, closed ? UnknownReason.STOPPING : reason);
    }

    private void drop(Check check, UnknownReason told) {
        if (check.requests().isEmpty()) {
            meters.refreshDropped();
        } else if (told == UnknownReason.WAITING_FULL) {
            meters.waitingRejected();
        } else if (told == UnknownReason.POOL_TIMEOUT) {
            meters.poolTimeout();
        }
        answers.failed(check, told);
    }

    private void publish() {
        meters.pool(pool.size(), pool.inUse(), queue.size());
        meters.circuit(circuit.isOpen());
        health.pool(pool.hasLive(), pool.size(), queue.size());
    }
}
