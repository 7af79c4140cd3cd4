package io.sessiongate.session;

import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;
import java.util.function.Function;

/**
 * How old the answers of a replica may be: each check is preceded by a look at how far the replica has replayed the primary's
 * log. Confined to the check loop.
 *
 * <p>The look is a statement of its own, sent together with the check. Within one statement there is no order that would do: its
 * snapshot is taken before any part of it runs, a CTE included, so that what it says of the log would be newer than its rows. A
 * statement begun later takes a later snapshot, and a replica replays a commit before it says so.
 *
 * <p>Behind a pooler both are in one transaction, so that one server answers them; read committed, whatever the server's
 * default is, as the stricter levels keep the first statement's snapshot.
 */
final class PgReplicaFreshness implements Freshness {

    private static final String LOOK = "select pg_is_in_recovery(), (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8";
    private static final String BEGIN = "begin isolation level read committed read only; ";

    private final boolean pooled;
    private final WalSamples samples;
    private final Runnable onPromoted;

    /** {@code onPromoted} is told, before the check fails, that the server is no replica (any more). */
    PgReplicaFreshness(boolean pooled, WalSamples samples, Runnable onPromoted) {
        this.pooled = pooled;
        this.samples = samples;
        this.onPromoted = onPromoted;
    }

    @Override
    public List<PgQuery> around(PgQuery check) {
        return pooled
                ? List.of(PgQuery.script(BEGIN + LOOK), check, PgQuery.script("commit"))
                : List.of(PgQuery.script(LOOK), check);
    }

    @Override
    public CheckResult judge(List<PgTable> tables, Function<PgTable, List<SessionRow>> reading, long begunNanos) {
        int look = pooled ? 1 : 0;
        PgTable.Row standing = tables.get(look).rows().get(0);
        Long replayed = standing.integer(1);
        if (!standing.flag(0)) {
            // Of another timeline than the primary: their positions cannot be compared.
            onPromoted.run();
            return new Failed(UnknownReason.DATABASE_UNAVAILABLE, "the replica is not in recovery");
        }
        long stalenessNanos = replayed == null ? WalSamples.UNPROVEN : samples.stalenessNanos(replayed, begunNanos);
        return new Rows(reading.apply(tables.get(look + 1)), stalenessNanos);
    }
}
