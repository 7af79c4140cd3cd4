package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;

/** Verdicts that carry no time: one instance each. */
final class SharedVerdicts {

    private static final SessionVerdict NOT_FOUND = new Ended(EndReason.NOT_FOUND);
    private static final SessionVerdict REVOKED = new Ended(EndReason.REVOKED);
    private static final SessionVerdict EXPIRED = new Ended(EndReason.EXPIRED);
    private static final SessionVerdict SUBJECT_MISMATCH = new Ended(EndReason.SUBJECT_MISMATCH);

    // A line that is full moves on, and another instance takes over from one that stops. A connection to a database
    // that
    // came back is there after the longest pause between attempts.
    private static final SessionVerdict WAITING_FULL = new Unknown(UnknownReason.WAITING_FULL, 1);
    private static final SessionVerdict CIRCUIT_OPEN = new Unknown(UnknownReason.CIRCUIT_OPEN, 1);
    private static final SessionVerdict STOPPING = new Unknown(UnknownReason.STOPPING, 1);
    private static final SessionVerdict TOO_MANY_UNKNOWN = new Unknown(UnknownReason.TOO_MANY_UNKNOWN, 1);
    private static final SessionVerdict POOL_TIMEOUT = new Unknown(UnknownReason.POOL_TIMEOUT, 2);
    private static final SessionVerdict QUERY_TIMEOUT = new Unknown(UnknownReason.QUERY_TIMEOUT, 2);
    private static final SessionVerdict DATABASE_UNAVAILABLE = new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2);

    private SharedVerdicts() {}

    static SessionVerdict ended(EndReason reason) {
        return switch (reason) {
            case NOT_FOUND -> NOT_FOUND;
            case REVOKED -> REVOKED;
            case EXPIRED -> EXPIRED;
            case SUBJECT_MISMATCH -> SUBJECT_MISMATCH;
        };
    }

    static SessionVerdict unknown(UnknownReason reason) {
        return switch (reason) {
            case WAITING_FULL -> WAITING_FULL;
            case POOL_TIMEOUT -> POOL_TIMEOUT;
            case QUERY_TIMEOUT -> QUERY_TIMEOUT;
            case DATABASE_UNAVAILABLE -> DATABASE_UNAVAILABLE;
            case CIRCUIT_OPEN -> CIRCUIT_OPEN;
            case STOPPING -> STOPPING;
            case TOO_MANY_UNKNOWN -> TOO_MANY_UNKNOWN;
        };
    }
}
