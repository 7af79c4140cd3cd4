package io.sessiongate.session;

import java.util.List;
import java.util.function.Function;

/** How old the answers of one server may be, and what has to be asked along to tell. Confined to the check loop. */
interface Freshness {

    /** A primary's answers hold whatever was committed before they were asked for; nothing is asked along. */
    Freshness OF_PRIMARY = new Freshness() {
        @Override
        public List<PgQuery> around(PgQuery check) {
            return List.of(check);
        }

        @Override
        public CheckResult judge(List<PgTable> tables, Function<PgTable, List<SessionRow>> reading, long begunNanos) {
            return new CheckResult.Rows(reading.apply(tables.get(0)));
        }
    };

    /** What is sent together in place of the check alone. */
    List<PgQuery> around(PgQuery check);

    /**
     * What those returned, as a result with its staleness.
     *
     * @param reading how the check's table is read
     * @param begunNanos when they were sent
     */
    CheckResult judge(List<PgTable> tables, Function<PgTable, List<SessionRow>> reading, long begunNanos);
}
