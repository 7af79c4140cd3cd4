package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.metrics.WordMeters;
import io.sessiongate.metrics.WordMeters.RevocationKind;
import io.sessiongate.session.Hearsay.Word;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What is said of sessions between two checks, whoever says it, and what follows from it. Owns the {@linkplain Hearsay words}
 * on sessions and subjects, the watchers, and whether revocations are pushed. Any thread; what it says holds for every
 * decision made after the call that said it returned.
 *
 * <p>An end of one session is written into the cache. An end or change of a subject is remembered as a word with its time and
 * compared with each finding's, as nobody has a list of a subject's sessions. A check that began before a word does not undo
 * it.
 *
 * <p>An end that the database pushed is remembered for one interval, as a check after that finds it too; one that the
 * application announced, or somebody with the admin secret, for as long as the cache keeps it.
 */
final class Revocations implements RevocationIntake {

    /** Whether ends are pushed, and which are sure to have been: those since then. */
    private record Trust(boolean listening, long sinceNanos) {
        static final Trust NONE = new Trust(false, 0);
    }

    private final SessionCache cache;
    private final CheckDispatcher dispatcher;
    private final CheckLoop loop;
    private final WordMeters meters;
    private final Hearsay sessions = new Hearsay();
    private final Hearsay subjects = new Hearsay();
    private final List<RevocationWatcher> watchers = new CopyOnWriteArrayList<>();
    private final Wakeup forgetting;
    private final long intervalNanos;
    private final long horizonNanos;
    private final boolean findingsLag;
    private volatile Trust trust = Trust.NONE;

    /** {@code findingsLag}: whether a check may find what was true before it began, as one of a replica does. */
    Revocations(
            CheckConfig check,
            boolean findingsLag,
            SessionCache cache,
            CheckDispatcher dispatcher,
            CheckLoop loop,
            WordMeters meters) {
        this.findingsLag = findingsLag;
        this.cache = cache;
        this.dispatcher = dispatcher;
        this.loop = loop;
        this.meters = meters;
        this.intervalNanos = CheckPolicy.nanos(check.revalidateAfter());
        // No finding older than this is served, on whatever ground.
        this.horizonNanos = Math.max(
                        Math.max(intervalNanos, CheckPolicy.nanos(check.revalidateAfterWhileListening())),
                        CheckPolicy.nanos(check.serveStaleFor()))
                + 1;
        this.forgetting = new Wakeup(loop, this::forget);
        meters.watch(
                Hearsay.LIMIT,
                () -> (long) sessions.size() + subjects.size(),
                () -> sessions.overflows() + subjects.overflows());
    }

    void watch(RevocationWatcher watcher) {
        watchers.add(watcher);
    }

    /** What was said of the token's session or subject since these facts were found. */
    Word since(VerifiedToken token, SessionFacts facts) {
        Fingerprint subject = facts.subjectKey(token);
        Word ofSubject = subject == null ? Word.NOTHING : subjects.since(subject, facts.checkedNanos());
        return ofSubject == Word.NOTHING ? sessions.since(token.sessionKey(), facts.checkedNanos()) : ofSubject;
    }

    /** From when on a finding counts for this token, or {@link CheckConnection#ANY_AGE}. */
    long notBefore(VerifiedToken token, SessionFacts facts) {
        @Nullable Long session = sessions.notBefore(token.sessionKey());
        @Nullable Fingerprint owner = facts.subjectKey(token);
        @Nullable Long subject = owner == null ? null : subjects.notBefore(owner);
        if (session == null || subject == null) {
            return session != null ? session : subject != null ? subject : CheckConnection.ANY_AGE;
        }
        return session - subject >= 0 ? session : subject;
    }

    /** Whether the session's end, had there been one since these facts were found, would be known. */
    boolean isPushed(SessionFacts facts) {
        Trust now = trust;
        return now.listening() && facts.spelledAlike() && facts.checkedNanos() - now.sinceNanos() >= 0;
    }

    void revokeSession(Fingerprint session, RevocationSource source) {
        long now = loop.nanoTime();
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SESSION_ENDED);
        SessionFacts ended = SessionFacts.ended(EndReason.REVOKED, now + memoryNanos(source));
        if (source == RevocationSource.PUSHED) {
            // Most of what is pushed are sessions of other gateways: they take no room here.
            cache.endIfKnown(session, ended, now);
        } else {
            cache.end(session, ended);
        }
        if (findingsLag) {
            // A check of a session that is not remembered, or not any more, may begin later and find it good still.
            sessions.ended(session, now);
        }
        onCheckLoop(() -> {
            dispatcher.overtake(session, EndReason.REVOKED);
            // A check may have come back between the two.
            cache.endIfKnown(session, ended, now);
            if (findingsLag) {
                forgetInTime();
            }
        });
        for (RevocationWatcher watcher : watchers) {
            watcher.sessionEnded(session);
        }
    }

    /** A check found that the session is over. */
    void ended(Fingerprint session) {
        for (RevocationWatcher watcher : watchers) {
            watcher.sessionFoundEnded(session);
        }
    }

    void revokeSubject(Fingerprint subject, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SUBJECT_ENDED);
        long now = loop.nanoTime();
        if (source == RevocationSource.PUSHED) {
            // The database knows, so it is asked; a push comes late, and must not end a login from a moment ago.
            subjects.changed(subject, now);
        } else {
            subjects.ended(subject, now);
        }
        onCheckLoop(this::forgetInTime);
        for (RevocationWatcher watcher : watchers) {
            watcher.subjectEnded(subject);
        }
    }

    void distrustSession(Fingerprint session, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SESSION_CHANGED);
        sessions.changed(session, loop.nanoTime());
        onCheckLoop(this::forgetInTime);
    }

    void distrustSubject(Fingerprint subject, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SUBJECT_CHANGED);
        subjects.changed(subject, loop.nanoTime());
        onCheckLoop(this::forgetInTime);
    }

    @Override
    public void listening(long sinceNanos) {
        trust = new Trust(true, sinceNanos);
    }

    @Override
    public void notListening() {
        trust = Trust.NONE;
    }

    @Override
    public void sessionEnded(Fingerprint session) {
        revokeSession(session, RevocationSource.PUSHED);
    }

    @Override
    public void subjectEnded(Fingerprint subject) {
        revokeSubject(subject, RevocationSource.PUSHED);
    }

    @Override
    public void sessionChanged(Fingerprint session) {
        distrustSession(session, RevocationSource.PUSHED);
    }

    @Override
    public void subjectChanged(Fingerprint subject) {
        distrustSubject(subject, RevocationSource.PUSHED);
    }

    /** On the check loop. */
    void close() {
        forgetting.cancel();
    }

    private long memoryNanos(RevocationSource source) {
        return source == RevocationSource.PUSHED ? intervalNanos : CheckPolicy.FOREVER_NANOS;
    }

    private void forgetInTime() {
        forgetting.in(horizonNanos);
    }

    private void forget() {
        long beforeNanos = loop.nanoTime() - horizonNanos;
        sessions.forget(beforeNanos);
        subjects.forget(beforeNanos);
        if (sessions.size() + subjects.size() > 0) {
            forgetInTime();
        }
    }

    private void onCheckLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // Stopped: there are no checks any more that could bring anything back.
        }
    }
}
