package io.sessiongate.session;

import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.UnknownReason;
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
 * the attempt fails, and whoever comes before the next one succeeds, is answered at once.
 */
final class CheckDispatcher implements CheckPool.Line {

    /** The bounds. */
    record Limits(int connectionLimit, int maxWaiting, long poolTimeoutNanos, long queryTimeoutNanos) {}

    /** Is told how each check ended, exactly once, on the check loop. */
    interface Answers {
        /** The store answered; {@code row} is null where there is none. */
        void found(Check check, @Nullable SessionRow row, long begunNanos);

        void failed(Check check, UnknownReason reason);
    }

    private final CheckLoop loop;
    private final Answers answers;
    private final StoreHealth health;
    private final SessionMeters meters;
    private final CheckPool pool;
    private final CheckQueue queue;
    private final Wakeup wakeup;
    private final Map<String, Check> checks = new HashMap<>();
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
        this.loop = loop;
        this.health = health;
        this.meters = meters;
        this.answers = answers;
        this.pool = new CheckPool(
                connector, loop, limits.connectionLimit(), limits.queryTimeoutNanos(), backoff, health, meters, this);
        this.queue = new CheckQueue(limits.maxWaiting(), limits.poolTimeoutNanos());
        this.wakeup = new Wakeup(loop, this::pump);
        meters.limits(limits.connectionLimit(), limits.maxWaiting());
    }

    /** Has a request wait for the session's check: the one that is wanted or under way, or a new one. */
    void check(PendingRequest request) {
        long now = loop.nanoTime();
        Check known = checks.get(request.token().sessionId());
        Check check = known == null ? new Check(request.token().sessionId(), now, 0) : known;
        check.join(request, now);
        check.rememberUntil(request.token().expiresAtEpochMillis());
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
        long now = loop.nanoTime();
        Check known = checks.get(token.sessionId());
        Check check = known == null ? new Check(token.sessionId(), now, lingerNanos) : known;
        check.rememberUntil(token.expiresAtEpochMillis());
        if (known == null) {
            accept(check, now);
            pump();
        }
    }

    /** The session has ended: a check of it that is wanted or under way was overtaken. */
    void overtake(String sessionId, EndReason reason) {
        Check check = checks.get(sessionId);
        if (check != null) {
            check.overtakenBy(reason);
        }
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
        pool.close();
        away();
        publish();
    }

    private void accept(Check check, long now) {
        checks.put(check.sessionId(), check);
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
            idle.begin(batch);
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
        queue.takeAll().forEach(check -> fail(check, UnknownReason.DATABASE_UNAVAILABLE));
    }

    @Override
    public void answered(List<Check> batch, CheckResult result, long begunNanos) {
        meters.queryOver(loop.nanoTime() - begunNanos);
        if (result instanceof CheckResult.Rows rows) {
            pool.proven();
            RowsById byId = new RowsById(rows.rows());
            health.answered(byId.isAmbiguous());
            batch.forEach(check -> found(check, byId, begunNanos));
        } else if (result instanceof CheckResult.Failed failed) {
            if (failed.reason() == UnknownReason.QUERY_TIMEOUT) {
                meters.queryTimeout(batch.size());
            }
            if (!closed) {
                health.failed(failed.message());
            }
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

    private void publish() {
        meters.pool(pool.size(), pool.inUse(), queue.size());
        health.pool(pool.hasLive(), pool.size(), queue.size());
    }
}
