package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;
import java.util.Set;

/** How a check of a batch ended. */
sealed interface CheckResult {

    /**
     * The store answered: ids without a row do not exist.
     *
     * @param stalenessNanos what was committed longer than this before the query began is in the answer; zero from a primary
     * @param unanswered ids of which nothing is known, as only a server that could not be asked could tell
     */
    record Rows(List<SessionRow> rows, long stalenessNanos, Set<String> unanswered) implements CheckResult {

        /** Of a server that answered for all. */
        Rows(List<SessionRow> rows, long stalenessNanos) {
            this(rows, stalenessNanos, Set.of());
        }

        /** Of a primary. */
        Rows(List<SessionRow> rows) {
            this(rows, 0);
        }
    }

    /**
     * The store did not answer; nothing is known about any of the ids.
     *
     * @param message for the log: no ids, no credentials
     */
    record Failed(UnknownReason reason, String message) implements CheckResult {}
}
