package io.sessiongate.session;

import io.sessiongate.metrics.ReplicaMeters.Rest;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks over a connection to a replica, with the primary asked within the same check where the replica's word does not do. Confined
 * to the check loop.
 *
 * <table>
 * <tr><td>nothing could prove the answer young enough<td>the primary is asked for all, the replica not at all
 * <tr><td>it fails, or is silent for half of the query timeout<td>the primary is asked for all; the replica rests
 * <tr><td>it is further behind than {@code max-lag}<td>the same
 * <tr><td>its answer is older than this check allows<td>the primary is asked for all
 * <tr><td>it knows a session, live or revoked<td>that counts, from as long ago as the answer may be old
 * <tr><td>it does not know one, or knows it as expired<td>the primary is asked for those: they may be new, or prolonged
 * </table>
 *
 * Where the primary cannot answer for those either, nothing is known of them, and the others count all the same.
 */
final class ReplicaConnection implements CheckConnection {

    private static final long GRACE_NANOS = CheckSlot.CANCEL_GRACE_NANOS / 2;

    private final Replica replica;
    private final CheckConnection link;
    private final ReplicatedConnector home;
    private final CheckLoop loop;
    private @Nullable Pass pass;
    private @Nullable Runnable onGone;
    private boolean linkIsGone;
    private boolean told;
    private boolean spent;

    ReplicaConnection(Replica replica, CheckConnection link, ReplicatedConnector home) {
        this.replica = replica;
        this.link = link;
        this.home = home;
        this.loop = home.loop();
        link.onGone(this::onLinkGone);
    }

    @Override
    public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
        if (pass != null) {
            throw new IllegalStateException("a check is under way");
        }
        home.shared().replicaUsed();
        home.knock();
        pass = new Pass(ids, notOlderThanNanos, then);
        pass.begin();
    }

    /** One check. */
    private final class Pass {
        private final List<String> ids;
        private final long notOlderThanNanos;
        private final Consumer<CheckResult> then;
        private final long begunNanos = loop.nanoTime();
        private CheckLoop.@Nullable Timer limit;
        private CheckLoop.@Nullable Timer end;
        private PrimaryLine.@Nullable Inquiry inquiry;
        private boolean replicaIsOut;

        Pass(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            this.ids = ids;
            this.notOlderThanNanos = notOlderThanNanos;
            this.then = then;
        }

        void begin() {
            if (spent || linkIsGone || !home.samples().canProve(begunNanos, notOlderThanNanos)) {
                askPrimary(ids, this::finish);
                return;
            }
            replica.meters().queried();
            // The other half is the primary's.
            limit = loop.schedule(home.limits().queryTimeoutNanos() / 2, this::onSilence);
            link.check(ids, ANY_AGE, this::onAnswer);
        }

        private void onSilence() {
            giveUpReplica("no answer within half of the query timeout");
            link.abandon();
        }

        private void onAnswer(CheckResult result) {
            if (replicaIsOut || pass != this) {
                return;
            }
            if (limit != null) {
                limit.cancel();
            }
            if (result instanceof Rows rows) {
                onRows(rows);
            } else if (result instanceof Failed failed) {
                giveUpReplica(failed.message());
            }
        }

        private void giveUpReplica(String message) {
            replicaIsOut = true;
            replica.failed(Rest.FAILING, message, loop.nanoTime());
            replica.meters().failedOver();
            spent = true;
            askPrimary(ids, this::finish);
        }

        private void onRows(Rows rows) {
            long stalenessNanos = rows.stalenessNanos();
            if (stalenessNanos != WalSamples.UNPROVEN) {
                replica.meters().lag(stalenessNanos / 1e9);
            }
            if (stalenessNanos > home.limits().maxLagNanos()) {
                replica.meters().tooOld();
                if (stalenessNanos != WalSamples.UNPROVEN) {
                    replica.lags(loop.nanoTime());
                }
                askPrimary(ids, this::finish);
                return;
            }
            replica.answered();
            long asOfNanos = begunNanos - stalenessNanos;
            if (notOlderThanNanos != ANY_AGE && asOfNanos - notOlderThanNanos < 0) {
                replica.meters().tooOld();
                askPrimary(ids, this::finish);
                return;
            }
            List<String> doubtful = doubtful(rows.rows(), loop.nanoTime() - asOfNanos);
            if (doubtful.isEmpty()) {
                finish(rows);
                return;
            }
            replica.meters().confirmed(doubtful.size());
            askPrimary(doubtful, confirmed -> finish(merged(rows, doubtful, confirmed)));
        }

        /** Ids of which the replica has no row that decides. */
        private List<String> doubtful(List<SessionRow> rows, long ageNanos) {
            Set<String> decided = new HashSet<>(rows.size() * 2);
            Set<String> expired = new HashSet<>();
            for (SessionRow row : rows) {
                decided.add(row.id());
                // The gate counts what remains from when the answer was true.
                if (!row.revoked() && row.remainingMillis() <= TimeUnit.NANOSECONDS.toMillis(ageNanos)) {
                    expired.add(row.id());
                }
            }
            return ids.stream()
                    .filter(id -> !decided.contains(id) || expired.contains(id))
                    .toList();
        }

        /** The whole check ends before the watchdog of its {@link CheckSlot} would end it, and with what is known. */
        private void askPrimary(List<String> asked, Consumer<CheckResult> answered) {
            PrimaryLine.Inquiry asking = home.shared().ask(asked, answered);
            inquiry = asking;
            long leftNanos = begunNanos + home.limits().queryTimeoutNanos() + GRACE_NANOS - loop.nanoTime();
            end = loop.schedule(leftNanos, () -> home.shared().withdraw(asking));
        }

        private static Rows merged(Rows rows, List<String> doubtful, CheckResult confirmed) {
            Set<String> open = new HashSet<>(doubtful);
            List<SessionRow> merged = new ArrayList<>(rows.rows());
            merged.removeIf(row -> open.contains(row.id()));
            if (confirmed instanceof Rows sure) {
                merged.addAll(sure.rows());
                return new Rows(merged, rows.stalenessNanos());
            }
            return new Rows(merged, rows.stalenessNanos(), open);
        }

        private void finish(CheckResult result) {
            if (pass != this) {
                return;
            }
            pass = null;
            if (limit != null) {
                limit.cancel();
            }
            if (end != null) {
                end.cancel();
            }
            spent = spent || linkIsGone || home.shouldMove(replica);
            then.accept(result);
            tellGone();
        }

        void cancel() {
            PrimaryLine.Inquiry asking = inquiry;
            if (asking == null) {
                link.cancel();
            } else {
                // In another turn: who cancels is about to answer the check himself.
                loop.schedule(0, () -> home.shared().withdraw(asking));
            }
        }

        void abandon() {
            if (inquiry != null) {
                home.shared().withdraw(inquiry);
            }
            finish(new Failed(UnknownReason.DATABASE_UNAVAILABLE, "the connection was given up"));
        }
    }

    private void onLinkGone() {
        linkIsGone = true;
        replica.connections(-1);
        tellGone();
    }

    /** Not while the primary is asked: that check needs no replica any more. */
    private void tellGone() {
        if (linkIsGone && pass == null && !told && onGone != null) {
            told = true;
            onGone.run();
        }
    }

    @Override
    public boolean isSpent() {
        return spent;
    }

    @Override
    public void cancel() {
        if (pass != null) {
            pass.cancel();
        }
    }

    @Override
    public void abandon() {
        link.abandon();
        if (pass != null) {
            pass.abandon();
        }
    }

    @Override
    public void onGone(Runnable gone) {
        onGone = gone;
        if (linkIsGone) {
            loop.execute(this::tellGone);
        }
    }
}
