package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One session's check, from being wanted to its answer, with all the requests that share it. Confined to the check loop.
 * There is at most one for a session at any time. The requests in it are bounded by the client connections.
 */
final class Check {

    private final VerifiedToken asker;
    private final List<PendingRequest> requests = new ArrayList<>(1);
    private long wantedNanos;
    private long dueNanos;
    private long notOlderThanNanos = CheckConnection.ANY_AGE;
    private long rememberUntilEpochMillis;
    private @Nullable EndReason endedMeanwhile;

    /**
     * A check wanted at this monotonic time.
     *
     * @param asker the first token that asked
     * @param lingerNanos how long it may stay in line for company, though a connection is free
     */
    Check(VerifiedToken asker, long wantedNanos, long lingerNanos) {
        this.asker = asker;
        this.wantedNanos = wantedNanos;
        this.dueNanos = wantedNanos + lingerNanos;
    }

    String sessionId() {
        return asker.sessionId();
    }

    Fingerprint session() {
        return asker.sessionKey();
    }

    /** A token that refers to the session. */
    VerifiedToken asker() {
        return asker;
    }

    /** The answer has to hold whatever was committed before that time, unless it is {@link CheckConnection#ANY_AGE}. */
    long notOlderThanNanos() {
        return notOlderThanNanos;
    }

    /** Asks for an answer that holds whatever was committed before that time; the latest such time counts. */
    void wantNotOlderThan(long nanos) {
        if (nanos != CheckConnection.ANY_AGE
                && (notOlderThanNanos == CheckConnection.ANY_AGE || nanos - notOlderThanNanos > 0)) {
            notOlderThanNanos = nanos;
        }
    }

    /** Since when it is wanted: by its first request, or by nobody but the clock. */
    long wantedNanos() {
        return wantedNanos;
    }

    /** When it should go out at the latest, if there is a connection. */
    long dueNanos() {
        return dueNanos;
    }

    /** The requests that wait for it; none for a background check. */
    List<PendingRequest> requests() {
        return requests;
    }

    /** Adds a request; the first one makes the check one that is waited for, from now on. */
    void join(PendingRequest request, long nowNanos) {
        if (requests.isEmpty()) {
            wantedNanos = nowNanos;
            dueNanos = nowNanos;
        }
        requests.add(request);
    }

    /** A token that expires then refers to the session: its end has to be remembered at least as long. */
    void rememberUntil(long epochMillis) {
        rememberUntilEpochMillis = Math.max(rememberUntilEpochMillis, epochMillis);
    }

    /** When the last token known to refer to the session expires, on the wall clock. */
    long rememberUntilEpochMillis() {
        return rememberUntilEpochMillis;
    }

    /**
     * The session ended while this check was wanted or under way: a good row it may bring is from before, and must not
     * bring the session back.
     */
    void overtakenBy(EndReason reason) {
        endedMeanwhile = reason;
    }

    @Nullable EndReason endedMeanwhile() {
        return endedMeanwhile;
    }
}
