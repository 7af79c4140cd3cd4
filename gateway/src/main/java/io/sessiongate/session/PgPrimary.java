package io.sessiongate.session;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The link to a primary over PostgreSQL. Confined to the check loop. */
final class PgPrimary implements PrimaryLink.Source {

    /**
     * Not the write position: a commit that waits for nothing ({@code synchronous_commit = off}) is told of before it is
     * written, but never before it is inserted.
     */
    static final String POSITION = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8,"
            + " current_setting('wal_block_size')::int8, pg_size_bytes(current_setting('wal_segment_size'))";

    /** Heads of a page, and of a segment's first page, in the log (xlog_internal.h). */
    private static final long PAGE_HEAD = 24;

    private static final long SEGMENT_HEAD = 40;

    private final PgConnector connector;

    PgPrimary(PgConnector connector) {
        this.connector = connector;
    }

    @Override
    public void open(Consumer<PrimaryLink.Opened> then) {
        connector.open(opened -> {
            if (opened instanceof PgConnector.Opened.Ready ready) {
                then.accept(new PrimaryLink.Opened.Open(new Link(ready.link(), ready.checks())));
            } else if (opened instanceof PgConnector.Opened.Refused refused) {
                then.accept(new PrimaryLink.Opened.Refused(refused.message()));
            }
        });
    }

    /**
     * The end of the last record. Between records the insert position is where the next one will begin: on a fresh page that is
     * after its head, which no replica replays before the record comes, so that an idle primary's replicas seemed to lag. A
     * record's rest never ends there, as it takes some bytes of its own.
     */
    static long endOfLog(long insertPosition, long blockSize, long segmentSize) {
        if (insertPosition % segmentSize == SEGMENT_HEAD) {
            return insertPosition - SEGMENT_HEAD;
        }
        return insertPosition % blockSize == PAGE_HEAD ? insertPosition - PAGE_HEAD : insertPosition;
    }

    private record Link(PgLink link, CheckConnection checks) implements PrimaryLink {
        @Override
        public void position(Consumer<OptionalLong> then) {
            link.script(POSITION, answer -> then.accept(read(answer)));
        }

        private static OptionalLong read(PgAnswer answer) {
            if (!(answer instanceof PgAnswer.Done done)) {
                return OptionalLong.empty();
            }
            PgTable.Row row = done.table().rows().get(0);
            Long position = row.integer(0);
            Long blockSize = row.integer(1);
            Long segmentSize = row.integer(2);
            return position == null || blockSize == null || segmentSize == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(endOfLog(position, blockSize, segmentSize));
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            checks.check(ids, notOlderThanNanos, then);
        }

        @Override
        public void cancel() {
            checks.cancel();
        }

        @Override
        public void abandon() {
            checks.abandon();
        }

        @Override
        public void onGone(Runnable gone) {
            checks.onGone(gone);
        }
    }
}
