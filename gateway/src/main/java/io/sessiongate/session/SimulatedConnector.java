package io.sessiongate.session;

import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One simulated gateway's way to the {@linkplain SimulatedDatabase database}, which sees to it that it keeps its bounds: no
 * more connections and queries at once than its limit, no session asked about twice at once. Confined to the simulation's
 * thread.
 */
final class SimulatedConnector implements CheckConnector {

    private static final long CLOSE_NANOS = Duration.ofMillis(1).toNanos();

    /** A replica's lag is measured now and then: what is known of it is so much more than it is. */
    private static final long LAG_DOUBT_NANOS = Duration.ofSeconds(1).toNanos();

    private final SimulatedDatabase database;
    private final SimulatedSessions sessions;
    private final VirtualLoop loop;
    private final int limit;
    private final long maxLagNanos;
    private final SimulationTally tally;
    private final BitSet underCheck = new BitSet();
    private int open;
    private int querying;

    SimulatedConnector(
            SimulatedDatabase database,
            SimulatedSessions sessions,
            VirtualLoop loop,
            int limit,
            Duration maxLag,
            SimulationTally tally) {
        this.database = database;
        this.sessions = sessions;
        this.loop = loop;
        this.limit = limit;
        this.maxLagNanos = maxLag.toNanos();
        this.tally = tally;
    }

    @Override
    public void connect(Consumer<ConnectResult> then) {
        tally.atMost(++open, limit, "connections");
        database.login(refusal -> {
            if (refusal != null) {
                open--;
                then.accept(new ConnectResult.Refused(refusal));
            } else {
                then.accept(new ConnectResult.Connected(new Connection()));
            }
        });
    }

    /** What the gateway has under way at one connection. */
    private final class Connection implements CheckConnection {
        private final Runnable onSevered = this::severed;
        private List<String> asked = List.of();
        private @Nullable Consumer<CheckResult> then;
        private @Nullable Runnable gone;
        private boolean closed;
        private int query;

        Connection() {
            database.onSevered(onSevered);
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> callback) {
            tally.atMost(++querying, limit, "queries");
            tally.queried(ids.size());
            asked = ids;
            begin(ids);
            then = callback;
            int mine = ++query;
            loop.schedule(SimulationSettings.QUERY_TIMEOUT.toNanos(), () -> onDeadline(mine));
            long begunNanos = loop.nanoTime();
            long lag = database.lagNanos();
            boolean fromReplica = lag > 0 && lag + LAG_DOUBT_NANOS <= maxLagNanos;
            database.work(ids.size(), atNanos -> {
                if (mine != query || then == null) {
                    return;
                }
                if (fromReplica) {
                    long provenNanos = begunNanos - lag - LAG_DOUBT_NANOS;
                    boolean tooOld = notOlderThanNanos != ANY_AGE && provenNanos - notOlderThanNanos < 0;
                    answerFromReplica(mine, ids, atNanos - lag, lag + LAG_DOUBT_NANOS, tooOld);
                } else {
                    finish(mine, new Rows(rows(ids, atNanos), 0));
                }
            });
        }

        private void answerFromReplica(
                int mine, List<String> ids, long asOfNanos, long stalenessNanos, boolean tooOld) {
            List<SessionRow> rows = rows(ids, asOfNanos);
            int missing = tooOld ? ids.size() : ids.size() - rows.size();
            if (missing == 0) {
                finish(mine, new Rows(rows, stalenessNanos));
                return;
            }
            // A replica that does not know a session has proved nothing.
            database.confirm(missing, atNanos -> {
                if (tooOld) {
                    finish(mine, new Rows(rows(ids, atNanos), 0));
                } else {
                    List<SessionRow> all = new ArrayList<>(rows);
                    all.addAll(rows(
                            ids.stream()
                                    .filter(id -> !sessions.existedAt(Integer.parseInt(id), asOfNanos))
                                    .toList(),
                            atNanos));
                    finish(mine, new Rows(all, stalenessNanos));
                }
            });
        }

        private List<SessionRow> rows(List<String> ids, long asOfNanos) {
            List<SessionRow> rows = new ArrayList<>(ids.size());
            for (String id : ids) {
                int session = Integer.parseInt(id);
                if (sessions.existedAt(session, asOfNanos)) {
                    rows.add(new SessionRow(id, null, Long.MAX_VALUE, sessions.hadEndedAt(session, asOfNanos)));
                }
            }
            return rows;
        }

        /** A server that can, ends the statement by itself. */
        private void onDeadline(int mine) {
            if (database.isUp()) {
                finish(mine, new Failed(UnknownReason.QUERY_TIMEOUT, "canceling statement due to statement timeout"));
            }
        }

        private void finish(int mine, CheckResult result) {
            Consumer<CheckResult> callback = then;
            if (callback != null && mine == query) {
                then = null;
                querying--;
                release();
                callback.accept(result);
            }
        }

        private void begin(List<String> ids) {
            for (String id : ids) {
                int session = Integer.parseInt(id);
                tally.expect(!underCheck.get(session), "one session was under check twice at once");
                underCheck.set(session);
            }
        }

        private void release() {
            for (String id : asked) {
                underCheck.clear(Integer.parseInt(id));
            }
            asked = List.of();
        }

        @Override
        public void cancel() {
            // Whoever waited was answered: from here on the session may be asked about elsewhere.
            release();
            int mine = query;
            if (database.isUp()) {
                loop.schedule(
                        CLOSE_NANOS,
                        () -> finish(mine, new Failed(UnknownReason.QUERY_TIMEOUT, "canceling statement")));
            }
        }

        @Override
        public void abandon() {
            if (!closed) {
                close();
                loop.schedule(CLOSE_NANOS, this::over);
            }
        }

        private void severed() {
            if (!closed) {
                close();
                over();
            }
        }

        private void close() {
            closed = true;
            database.forget(onSevered);
            database.logout();
        }

        private void over() {
            open--;
            finish(query, new Failed(UnknownReason.DATABASE_UNAVAILABLE, "connection closed"));
            if (gone != null) {
                gone.run();
            }
        }

        @Override
        public void onGone(Runnable callback) {
            gone = callback;
        }
    }
}
