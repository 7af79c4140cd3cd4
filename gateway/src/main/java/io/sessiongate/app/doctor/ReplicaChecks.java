package io.sessiongate.app.doctor;

import io.sessiongate.app.doctor.DatabaseView.Refused;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One read replica beside its primary. */
final class ReplicaChecks {

    private static final String FIX =
            "look at pg_stat_replication on the primary; a replica that is too far behind is not asked";

    private final DatabaseView primary;
    private final DatabaseView replica;

    ReplicaChecks(DatabaseView primary, DatabaseView replica) {
        this.primary = primary;
        this.replica = replica;
    }

    /**
     * How long it takes until the replica has what the primary has written by now.
     *
     * @param maxLag how far it may be behind
     */
    Seen lag(Duration maxLag, Duration deadline) throws Refused, InterruptedException {
        if (!Boolean.parseBoolean(replica.value("select pg_is_in_recovery()::text"))) {
            return Seen.warn(
                    "it is no standby of anything (pg_is_in_recovery is false): what it knows of sessions is its own",
                    "name a streaming replica, or remove it from replicas");
        }
        String written = primary.value("select pg_current_wal_lsn()::text");
        long begun = System.nanoTime();
        Duration limit = maxLag.compareTo(deadline) < 0 ? maxLag : deadline;
        while (true) {
            String behind = replica.value(
                    "select pg_wal_lsn_diff($1::text::pg_lsn, coalesce(pg_last_wal_replay_lsn(), '0/0'))::bigint",
                    written);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            if (Long.parseLong(behind) <= 0) {
                return Seen.ok(
                        "has what the primary wrote after " + millis + " ms (max-lag " + maxLag.toMillis() + " ms)");
            }
            if (millis >= limit.toMillis()) {
                String saw = "after " + millis + " ms it is " + behind + " bytes behind (max-lag " + maxLag.toMillis()
                        + " ms)";
                return limit.equals(maxLag) ? Seen.fail(saw, FIX) : Seen.warn(saw, FIX);
            }
            // The wait is the server's.
            replica.rows("select from pg_sleep(0.05)");
        }
    }
}
