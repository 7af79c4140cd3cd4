package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.VerifiedToken;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What one check found of one session. Immutable, so that any thread reads one consistent finding without a lock; the
 * next check's finding is another object. The one exception is a flag by which requests on many threads agree on who
 * starts the background check.
 */
final class SessionFacts {

    /** Of a session that was never checked, or is no longer remembered. */
    static final SessionFacts NONE =
            new SessionFacts(Standing.NEVER_CHECKED, 0, 0, 0, null, SharedVerdicts.ended(EndReason.NOT_FOUND));

    private static final VarHandle REFRESHING;

    static {
        try {
            REFRESHING = MethodHandles.lookup().findVarHandle(SessionFacts.class, "refreshing", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Standing standing;
    private final long checkedNanos;
    private final long untilNanos;
    private final int jitter;
    private final @Nullable String subject;
    private final SessionVerdict verdict;

    @SuppressWarnings("unused") // by REFRESHING
    private volatile boolean refreshing;

    private SessionFacts(
            Standing standing,
            long checkedNanos,
            long untilNanos,
            int jitter,
            @Nullable String subject,
            SessionVerdict verdict) {
        this.standing = standing;
        this.checkedNanos = checkedNanos;
        this.untilNanos = untilNanos;
        this.jitter = jitter;
        this.subject = subject;
        this.verdict = verdict;
    }

    /**
     * Of a session whose row is good.
     *
     * @param checkedNanos when the query began: what was committed later it may have missed
     * @param checkedAtEpochMillis the same on the wall clock
     */
    static SessionFacts live(SessionRow row, long checkedNanos, long checkedAtEpochMillis) {
        long remainingNanos = Math.min(row.remainingMillis(), CheckPolicy.FOREVER_NANOS / 1_000_000) * 1_000_000;
        return new SessionFacts(
                Standing.LIVE,
                checkedNanos,
                checkedNanos + remainingNanos,
                CheckPolicy.jitter(row.id().hashCode(), checkedNanos),
                row.subject(),
                new Live(checkedAtEpochMillis, How.CACHED));
    }

    /** Of a session that is over, to be remembered until {@code untilNanos}. */
    static SessionFacts ended(EndReason reason, long untilNanos) {
        return new SessionFacts(Standing.ENDED, 0, untilNanos, 0, null, SharedVerdicts.ended(reason));
    }

    Standing standing() {
        return standing;
    }

    /** Monotonic time at which the check began; no meaning unless live. */
    long checkedNanos() {
        return checkedNanos;
    }

    /** The row's own expiry in monotonic time when live; how long the end is remembered when ended. */
    long untilNanos() {
        return untilNanos;
    }

    int jitter() {
        return jitter;
    }

    /** What these facts mean for the bearer of this token; no allocation. */
    SessionVerdict verdictFor(VerifiedToken token) {
        return isOthers(token) ? SharedVerdicts.ended(EndReason.SUBJECT_MISMATCH) : verdict;
    }

    /** The same on another ground than the cache. */
    SessionVerdict verdictFor(VerifiedToken token, How how) {
        SessionVerdict cached = verdictFor(token);
        return cached instanceof Live live ? new Live(live.checkedAtEpochMillis(), how) : cached;
    }

    private boolean isOthers(VerifiedToken token) {
        return subject != null && !subject.equals(token.subject());
    }

    /** True for the one caller that has to start the background check. */
    boolean startRefresh() {
        return REFRESHING.compareAndSet(this, false, true);
    }

    /** The background check led to nothing: the next request may start another. */
    void refreshFailed() {
        refreshing = false;
    }
}
