package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;

/** How a check of a batch ended. */
sealed interface CheckResult {

    /** The store answered: ids without a row do not exist. */
    record Rows(List<SessionRow> rows) implements CheckResult {}

    /**
     * The store did not answer; nothing is known about any of the ids.
     *
     * @param message for the log: no ids, no credentials
     */
    record Failed(UnknownReason reason, String message) implements CheckResult {}
}
