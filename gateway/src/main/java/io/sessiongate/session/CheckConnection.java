package io.sessiongate.session;

import java.util.List;
import java.util.function.Consumer;

/**
 * One connection to the session store, with at most one check under way. Confined to the check loop; every callback
 * comes on it, exactly once.
 */
interface CheckConnection {

    /** The most ids one check may carry. */
    int MAX_BATCH = 256;

    /** In place of a time: an answer may be as old as answers are at all. */
    long ANY_AGE = Long.MIN_VALUE;

    /**
     * Asks about 1 to {@link #MAX_BATCH} distinct ids. Ids without a row are absent from the result; so are ids that
     * cannot be ids at all (a word where the column is a uuid), which must not fail the others.
     *
     * @param notOlderThanNanos the answer has to hold whatever was committed before that monotonic time, or is {@link #ANY_AGE}
     */
    void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then);

    /** Asks the server to end the query under way, which then fails by itself; harmless when there is none. */
    void cancel();

    /**
     * Closes now, whatever is under way, which fails; returns at once. For a connection whose query is overdue even
     * after {@link #cancel()}, and for stopping.
     */
    void abandon();

    /** Whether it should be given up now that a check has ended, as another one would be better. */
    default boolean isSpent() {
        return false;
    }

    /** Is told once when the connection is gone, for whatever reason; {@link #check} must not be called afterwards. */
    void onGone(Runnable gone);
}
