package io.sessiongate.session;

/** Three verdicts, never two: a session is live, ended, or nobody could say. */
public sealed interface SessionVerdict {

    /**
     * Live, as of {@code checkedAtEpochMillis} on this gateway's clock.
     *
     * @param how on what ground it is served, for metrics, log and assertion
     * @param attributes what the check brought along
     */
    record Live(long checkedAtEpochMillis, How how, Attributes attributes) implements SessionVerdict {

        /** A session that brings nothing along. */
        public Live(long checkedAtEpochMillis, How how) {
            this(checkedAtEpochMillis, how, Attributes.NONE);
        }
    }

    /** Ended: revoked, expired, unknown to the database, or another subject's. */
    record Ended(EndReason reason) implements SessionVerdict {}

    /** The check could not be made, and no good check is recent enough to stand in. */
    record Unknown(UnknownReason reason, int retryAfterSeconds) implements SessionVerdict {}

    /** The ground on which a live session is served. */
    enum How {
        /** Checked recently enough. */
        CACHED,
        /** The same, and a check was started in the background. */
        REFRESHING,
        /** The request waited for its check. */
        CHECKED,
        /** The check could not be made; an earlier one stands in. */
        STALE
    }

    /** Why a session is over. */
    enum EndReason {
        NOT_FOUND,
        REVOKED,
        EXPIRED,
        SUBJECT_MISMATCH
    }

    /** Why nobody could say. */
    enum UnknownReason {
        /** Too many sessions wait already. */
        WAITING_FULL,
        /** No connection came free within the pool timeout. */
        POOL_TIMEOUT,
        /** The query was ended at its deadline. */
        QUERY_TIMEOUT,
        /** The database refused, failed, or cannot be reached. */
        DATABASE_UNAVAILABLE,
        /** It failed several times in a row: until a probe succeeds nobody waits for it. */
        CIRCUIT_OPEN,
        /** The gateway is stopping. */
        STOPPING,
        /** Its client has tried too many values that are no session. */
        TOO_MANY_UNKNOWN
    }
}
