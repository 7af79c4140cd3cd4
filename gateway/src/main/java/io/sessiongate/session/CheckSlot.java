package io.sessiongate.session;

import io.sessiongate.session.CheckConnector.ConnectResult;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One place in the pool: a connection from the attempt to open it until it is confirmed closed, with at most one query
 * under way and a watchdog over it. Confined to the check loop.
 *
 * <pre>
 *   CONNECTING ──► IDLE ◄──► BUSY ──► OVERDUE ──► ABANDONED
 *       │           │ ▲       │        │  │          │
 *       │           │ └───────┼────────┘  │          │
 *       └───────────┴─────────┴───────────┴──────────┴──► GONE
 * </pre>
 *
 * The server ends a query at {@code queryTimeout} itself. Where it does not (a pooler dropped the setting, the network is
 * cut), the watchdog answers the batch and asks the server to cancel at {@code queryTimeout} + 250 ms, and closes the
 * connection a second later. A place is free again only when its connection is gone. The extra connection that carries a
 * cancel request takes no place: it never logs in, so it holds no session of the server's, there is at most one for an
 * overdue query, and so never more than there are places.
 */
final class CheckSlot {

    static final long CANCEL_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    static final long ABANDON_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Is told what becomes of the connection; on the check loop. */
    interface Connections {
        void connected();

        void refused(CheckSlot slot, String message);

        /** The connection was given up while a query that should long be over was under way. */
        void hung();

        /** The connection is closed; {@code useless} when the other side did so at once, with no query answered. */
        void gone(CheckSlot slot, boolean useless);
    }

    /** Is told what becomes of a batch; on the check loop. */
    interface Batches {
        /** The batch's answer; comes exactly once for each batch. */
        void answered(List<Check> batch, CheckResult result, long begunNanos);

        /** The place can take another batch. */
        void idle();
    }

    /** Where a place stands in its life. */
    enum State {
        CONNECTING,
        IDLE,
        BUSY,
        OVERDUE,
        ABANDONED,
        GONE
    }

    private final CheckLoop loop;
    private final long queryTimeoutNanos;
    private final Connections connections;
    private final Batches batches;
    private State state = State.CONNECTING;
    private boolean proven;
    private long openedNanos;
    private long begunNanos;
    private @Nullable CheckConnection connection;
    private List<Check> batch = List.of();
    private CheckLoop.@Nullable Timer watchdog;

    CheckSlot(CheckLoop loop, long queryTimeoutNanos, Connections connections, Batches batches) {
        this.loop = loop;
        this.queryTimeoutNanos = queryTimeoutNanos;
        this.connections = connections;
        this.batches = batches;
    }

    State state() {
        return state;
    }

    /** Opens the connection. */
    void open(CheckConnector connector) {
        connector.connect(result -> {
            if (result instanceof ConnectResult.Connected connected) {
                onConnected(connected.connection());
            } else if (result instanceof ConnectResult.Refused refused) {
                state = State.GONE;
                connections.refused(this, refused.message());
            }
        });
    }

    private void onConnected(CheckConnection opened) {
        connection = opened;
        openedNanos = loop.nanoTime();
        if (state == State.CONNECTING) {
            state = State.IDLE;
        }
        opened.onGone(this::onGone);
        if (state == State.ABANDONED) {
            opened.abandon(); // closed while it was opening
        } else if (state == State.IDLE) {
            connections.connected();
        }
    }

    /** Sends a batch out; only when idle. */
    void begin(List<Check> checks) {
        CheckConnection open = connection;
        if (open == null || state != State.IDLE) {
            throw new IllegalStateException("a batch for a connection that is " + state);
        }
        begunNanos = loop.nanoTime();
        state = State.BUSY;
        batch = checks;
        watchdog = loop.schedule(queryTimeoutNanos + CANCEL_GRACE_NANOS, () -> onOverdue(open));
        open.check(checks.stream().map(Check::sessionId).toList(), notOlderThanNanos(checks), this::onResult);
    }

    /** The strictest wish in the batch. */
    private static long notOlderThanNanos(List<Check> checks) {
        long latest = CheckConnection.ANY_AGE;
        for (Check check : checks) {
            long wanted = check.notOlderThanNanos();
            if (wanted != CheckConnection.ANY_AGE && (latest == CheckConnection.ANY_AGE || wanted - latest > 0)) {
                latest = wanted;
            }
        }
        return latest;
    }

    private void onResult(CheckResult result) {
        if (state != State.BUSY && state != State.OVERDUE) {
            return; // closed meanwhile: its batch was answered then
        }
        stopWatchdog();
        boolean spent = connection != null && connection.isSpent();
        if (result instanceof CheckResult.Rows) {
            proven = true;
            state = spent ? state : State.IDLE;
        }
        // What comes after the deadline is not used: the sessions may be under check elsewhere by now.
        answer(result);
        if (spent) {
            abandon();
        } else if (state == State.IDLE) {
            batches.idle();
        } else {
            // A query fails a moment before its broken connection is known to be gone: let that be heard first, or the
            // next batch goes down with it.
            loop.execute(this::settle);
        }
    }

    private void settle() {
        if (state == State.BUSY || state == State.OVERDUE) {
            state = State.IDLE;
            batches.idle();
        }
    }

    private void onOverdue(CheckConnection open) {
        state = State.OVERDUE;
        watchdog = loop.schedule(ABANDON_GRACE_NANOS, () -> {
            abandon();
            connections.hung();
        });
        open.cancel();
        answer(new CheckResult.Failed(UnknownReason.QUERY_TIMEOUT, "no answer within the query timeout"));
    }

    /** Gives the connection up; its place is free once it is gone. */
    void abandon() {
        if (state == State.ABANDONED || state == State.GONE) {
            return;
        }
        stopWatchdog();
        state = State.ABANDONED;
        if (connection != null) {
            connection.abandon();
        }
        answer(broken());
    }

    private void onGone() {
        boolean atOnce = loop.nanoTime() - openedNanos < ConnectBackoff.LONGEST_NANOS;
        boolean useless = atOnce && !proven && state != State.ABANDONED;
        stopWatchdog();
        state = State.GONE;
        answer(broken());
        connections.gone(this, useless);
    }

    private void answer(CheckResult result) {
        List<Check> answered = batch;
        batch = List.of();
        if (!answered.isEmpty()) {
            batches.answered(answered, result, begunNanos);
        }
    }

    private static CheckResult broken() {
        return new CheckResult.Failed(UnknownReason.DATABASE_UNAVAILABLE, "the connection broke during a query");
    }

    private void stopWatchdog() {
        if (watchdog != null) {
            watchdog.cancel();
            watchdog = null;
        }
    }
}
