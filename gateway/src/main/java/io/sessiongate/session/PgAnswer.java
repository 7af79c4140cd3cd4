package io.sessiongate.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a statement ended, or a script of several. Immutable. */
sealed interface PgAnswer {

    /** One table for each statement, in their order. */
    record Done(List<PgTable> tables) implements PgAnswer {
        PgTable table() {
            return tables.get(0);
        }
    }

    /**
     * It did not end well.
     *
     * @param reported what PostgreSQL said, or null where it said nothing: the link is gone or about to be
     * @param isNotBindable whether it was never sent, as a parameter does not fit what the statement expects there
     * @param message for the log: no parameter, no value of a row, no credentials
     */
    record Failed(@Nullable PgFailure reported, boolean isNotBindable, String message) implements PgAnswer {
        boolean isCanceled() {
            return reported != null && reported.isCanceled();
        }

        /** Whether the connection cannot go on after it. */
        boolean isBroken() {
            return reported == null ? !isNotBindable : reported.isFatal();
        }
    }
}
