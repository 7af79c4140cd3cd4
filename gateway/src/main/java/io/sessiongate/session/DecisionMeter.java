package io.sessiongate.session;

import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.metrics.SessionMeters.Decision;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;

/** Counts requests and the verdicts on them. Safe on any thread. */
final class DecisionMeter {

    private final SessionMeters meters;

    DecisionMeter(SessionMeters meters) {
        this.meters = meters;
    }

    void requested() {
        meters.requested();
    }

    void rechecked() {
        meters.rechecked();
    }

    /** Counts the verdict and hands it back. */
    SessionVerdict counted(SessionVerdict verdict) {
        meters.decided(decision(verdict));
        return verdict;
    }

    private static Decision decision(SessionVerdict verdict) {
        if (verdict instanceof Live live) {
            return switch (live.how()) {
                case CACHED -> Decision.CACHED;
                case REFRESHING -> Decision.REFRESHING;
                case CHECKED -> Decision.CHECKED;
                case STALE -> Decision.STALE;
            };
        }
        if (verdict instanceof Ended ended) {
            return switch (ended.reason()) {
                case NOT_FOUND -> Decision.NOT_FOUND;
                case REVOKED -> Decision.REVOKED;
                case EXPIRED -> Decision.EXPIRED;
                case SUBJECT_MISMATCH -> Decision.SUBJECT_MISMATCH;
            };
        }
        return switch (((Unknown) verdict).reason()) {
            case WAITING_FULL -> Decision.WAITING_FULL;
            case POOL_TIMEOUT -> Decision.POOL_TIMEOUT;
            case QUERY_TIMEOUT -> Decision.QUERY_TIMEOUT;
            case DATABASE_UNAVAILABLE -> Decision.DATABASE_UNAVAILABLE;
            case CIRCUIT_OPEN -> Decision.CIRCUIT_OPEN;
            case STOPPING -> Decision.STOPPING;
            case TOO_MANY_UNKNOWN -> Decision.TOO_MANY_UNKNOWN;
        };
    }
}
