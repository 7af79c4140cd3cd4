package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What one check found of one session. Immutable, so that any thread reads one consistent finding without a lock; the
 * next check's finding is another object. The exceptions are two marks by which requests on many threads agree on who
 * starts the background check, and who has the use of the session written down.
 */
final class SessionFacts {

    /** Of a session that was never checked, or is no longer remembered. */
    static final SessionFacts NONE = new SessionFacts(
            Standing.NEVER_CHECKED,
            0,
            0,
            0,
            false,
            0,
            0,
            SharedVerdicts.ended(EndReason.NOT_FOUND),
            false,
            0,
            null,
            false);

    private static final VarHandle REFRESHING;
    private static final VarHandle TOUCHED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            REFRESHING = lookup.findVarHandle(SessionFacts.class, "refreshing", boolean.class);
            TOUCHED = lookup.findVarHandle(SessionFacts.class, "touchDueNanos", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Standing standing;
    private final boolean spelledAlike;
    private final int jitter;
    private final long checkedNanos;
    private final long untilNanos;
    /** The subject's fingerprint, where the database has a subject to compare with the token's; as numbers, which takes half the memory of an object. */
    private final boolean hasSubject;

    private final long subjectHigh;
    private final long subjectLow;
    private final SessionVerdict verdict;
    private final @Nullable RenewalMark renewal;
    private final boolean said;

    @SuppressWarnings("unused") // by REFRESHING
    private volatile boolean refreshing;

    private volatile long touchDueNanos;

    private SessionFacts(
            Standing standing,
            long checkedNanos,
            long untilNanos,
            int jitter,
            boolean hasSubject,
            long subjectHigh,
            long subjectLow,
            SessionVerdict verdict,
            boolean spelledAlike,
            long touchDueNanos,
            @Nullable RenewalMark renewal,
            boolean said) {
        this.standing = standing;
        this.checkedNanos = checkedNanos;
        this.untilNanos = untilNanos;
        this.jitter = jitter;
        this.hasSubject = hasSubject;
        this.subjectHigh = subjectHigh;
        this.subjectLow = subjectLow;
        this.verdict = verdict;
        this.spelledAlike = spelledAlike;
        this.touchDueNanos = touchDueNanos;
        this.renewal = renewal;
        this.said = said;
    }

    /**
     * Of a session whose row is good.
     *
     * @param asker a token of the session
     * @param checkedNanos when the query began, or the earlier time whose state it showed: what was committed later it may
     *     have missed
     * @param checkedAtEpochMillis the same on the wall clock
     * @param before what was known so far, of which is kept what did not change
     */
    static SessionFacts live(
            SessionRow row, VerifiedToken asker, long checkedNanos, long checkedAtEpochMillis, SessionFacts before) {
        return live(row, asker, checkedNanos, checkedAtEpochMillis, before, before.renewal);
    }

    /**
     * The same.
     *
     * @param renewal what has been done to prolong it, where that is ours to do
     */
    static SessionFacts live(
            SessionRow row,
            VerifiedToken asker,
            long checkedNanos,
            long checkedAtEpochMillis,
            SessionFacts before,
            @Nullable RenewalMark renewal) {
        long remainingNanos = Math.min(row.remainingMillis(), CheckPolicy.FOREVER_NANOS / 1_000_000) * 1_000_000;
        String subject = row.subject();
        boolean compared = subject != null && !asker.isOpaque();
        Attributes found = subject == null || compared
                ? row.attributes()
                : row.attributes().of(subject);
        Attributes attributes = before.attributes().equals(found) ? before.attributes() : found;
        Fingerprint subjectKey = subject == null || !compared ? null : subjectKey(subject, asker);
        return new SessionFacts(
                Standing.LIVE,
                checkedNanos,
                checkedNanos + remainingNanos,
                CheckPolicy.jitter(asker.sessionKey().hashCode(), checkedNanos),
                subjectKey != null,
                subjectKey == null ? 0 : subjectKey.high(),
                subjectKey == null ? 0 : subjectKey.low(),
                new Live(checkedAtEpochMillis, How.CACHED, attributes),
                row.spelledAlike(),
                before.standing == Standing.LIVE ? before.touchDueNanos : checkedNanos,
                renewal,
                false);
    }

    private static Fingerprint subjectKey(String subject, VerifiedToken asker) {
        return subject.equals(asker.subject()) ? asker.subjectKey() : Fingerprint.of(subject);
    }

    /** Whose session it is: the token's subject, or where it has none the row's; null where that is not known. */
    @Nullable Fingerprint subjectKey(VerifiedToken token) {
        return token.isOpaque() ? attributes().subjectKey() : token.subjectKey();
    }

    /** Of a session that a check found to be over, to be remembered until {@code untilNanos}. */
    static SessionFacts ended(EndReason reason, long untilNanos) {
        return ended(SharedVerdicts.ended(reason), untilNanos, false);
    }

    /** Of a session that somebody said to be over, whatever the database says of it. */
    static SessionFacts saidToBeOver(long untilNanos) {
        return ended(SharedVerdicts.ended(EndReason.REVOKED), untilNanos, true);
    }

    private static SessionFacts ended(SessionVerdict verdict, long untilNanos, boolean said) {
        return new SessionFacts(Standing.ENDED, 0, untilNanos, 0, false, 0, 0, verdict, false, 0, null, said);
    }

    /** Of two ends the one that is remembered longer, and that it was said where either was. */
    static SessionFacts longer(SessionFacts known, SessionFacts end) {
        if (known.standing != Standing.ENDED) {
            return end;
        }
        SessionFacts kept = known.untilNanos - end.untilNanos >= 0 ? known : end;
        return kept.said || (!known.said && !end.said) ? kept : ended(kept.verdict, kept.untilNanos, true);
    }

    /** Whether its end is somebody's word, which holds whatever the database says. */
    boolean isSaid() {
        return said;
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

    /** Whether a pushed revocation would name this session as it is known here. */
    boolean spelledAlike() {
        return spelledAlike;
    }

    /** What has been done to prolong it; null where that is not ours to do, or it is not live. */
    @Nullable RenewalMark renewal() {
        return renewal;
    }

    Attributes attributes() {
        return verdict instanceof Live live ? live.attributes() : Attributes.NONE;
    }

    /** What these facts mean for the bearer of this token; no allocation. */
    SessionVerdict verdictFor(VerifiedToken token) {
        return isOthers(token) ? SharedVerdicts.ended(EndReason.SUBJECT_MISMATCH) : verdict;
    }

    /** The same on another ground than the cache. */
    SessionVerdict verdictFor(VerifiedToken token, How how) {
        SessionVerdict cached = verdictFor(token);
        return cached instanceof Live live ? new Live(live.checkedAtEpochMillis(), how, live.attributes()) : cached;
    }

    private boolean isOthers(VerifiedToken token) {
        if (!hasSubject) {
            return false;
        }
        Fingerprint asking = token.subjectKey();
        return subjectHigh != asking.high() || subjectLow != asking.low();
    }

    /** True for the one caller that has to start the background check. */
    boolean startRefresh() {
        return REFRESHING.compareAndSet(this, false, true);
    }

    /** The background check led to nothing: the next request may start another. */
    void refreshFailed() {
        refreshing = false;
    }

    /** True, once in {@code everyNanos} of use, for the caller that has to have it written down. */
    boolean startTouch(long nowNanos, long everyNanos) {
        long due = touchDueNanos;
        return nowNanos - due >= 0 && TOUCHED.compareAndSet(this, due, nowNanos + everyNanos);
    }
}
