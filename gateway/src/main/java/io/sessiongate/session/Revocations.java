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
import java.util.function.Consumer;
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
    private final Hearsay sessions;
    private final Hearsay subjects;
    private final List<RevocationWatcher> watchers = new CopyOnWriteArrayList<>();
    private final Wakeup forgetting;
    private final boolean findingsLag;
    private volatile long intervalNanos;
    private volatile long horizonNanos;
    private volatile Trust trust = Trust.NONE;
    private volatile @Nullable Heir heir;

    /** Since when is known what another found; ends of it that were heard before were lost. Null where nothing was taken over. On the check loop. */
    private @Nullable Long knownSinceNanos;

    /**
     * Who is told what is said here, too.
     *
     * @param sharesFindings whether what a check finds here would have been found there
     */
    private record Heir(Revocations revocations, boolean sharesFindings) {}

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
        this.sessions = new Hearsay(meters::overflowed);
        this.subjects = new Hearsay(meters::overflowed);
        this.intervalNanos = CheckPolicy.nanos(check.revalidateAfter());
        this.horizonNanos = horizonNanos(check);
        this.forgetting = new Wakeup(loop, this::forget);
        meters.watch(Hearsay.LIMIT, () -> (long) sessions.size() + subjects.size());
    }

    /** No finding older than this is served, on whatever ground. */
    private static long horizonNanos(CheckConfig check) {
        return Math.max(
                        Math.max(
                                CheckPolicy.nanos(check.revalidateAfter()),
                                CheckPolicy.nanos(check.revalidateAfterWhileListening())),
                        CheckPolicy.nanos(check.serveStaleFor()))
                + 1;
    }

    /** Another policy is to hold; called before it does. Any thread, one at a time. */
    void adopt(CheckConfig check) {
        long longer = horizonNanos(check);
        if (longer > horizonNanos) {
            // What was said of findings that were too old to be served has been forgotten: they must not become good
            // again.
            sessions.nothingBefore(loop.nanoTime() - horizonNanos);
        }
        horizonNanos = longer;
        intervalNanos = CheckPolicy.nanos(check.revalidateAfter());
    }

    /**
     * Takes the place of others: knows what they know, and is told what they are told from now on.
     *
     * @param sharesFindings whether the same store is asked in the same way; else what they found counts for nothing here
     */
    void takeOver(Revocations former, boolean sharesFindings) {
        former.heir = new Heir(this, sharesFindings); // first, so that nothing is said in between
        sessions.takeOver(former.sessions);
        subjects.takeOver(former.subjects);
        long now = loop.nanoTime();
        long shortest = Math.min(horizonNanos, former.horizonNanos);
        sessions.nothingBefore(sharesFindings ? now - shortest : now);
        cache.takeOver(former.cache, sharesFindings);
        long knownNanos = loop.nanoTime();
        onCheckLoop(() -> {
            knownSinceNanos = knownNanos;
            if (trust.listening()) {
                listening(trust.sinceNanos());
            }
            forgetInTime();
        });
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
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SESSION_ENDED);
        SessionFacts ended = SessionFacts.saidToBeOver(loop.nanoTime() + memoryNanos(source));
        end(session, ended, source != RevocationSource.PUSHED);
    }

    private void end(Fingerprint session, SessionFacts ended, boolean remembered) {
        long now = loop.nanoTime();
        if (!remembered) {
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
        Heir next = heir;
        if (next != null) {
            // Known there or not: it may be just about to be taken over.
            next.revocations.end(session, ended, true);
        }
    }

    /** A check found that the session is over. */
    void ended(Fingerprint session, SessionFacts ended) {
        Heir next = heir;
        if (next != null && next.sharesFindings) {
            next.revocations.cache.end(session, ended);
        }
        for (RevocationWatcher watcher : watchers) {
            watcher.sessionFoundEnded(session);
        }
    }

    void revokeSubject(Fingerprint subject, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SUBJECT_ENDED);
        long now = loop.nanoTime();
        // The database knows, so it is asked; a push comes late, and must not end a login from a moment ago.
        boolean ends = source != RevocationSource.PUSHED;
        tell(own -> {
            if (ends) {
                own.subjects.ended(subject, now);
            } else {
                own.subjects.changed(subject, now);
            }
        });
        for (RevocationWatcher watcher : watchers) {
            watcher.subjectEnded(subject);
        }
    }

    void distrustSession(Fingerprint session, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SESSION_CHANGED);
        long now = loop.nanoTime();
        tell(own -> own.sessions.changed(session, now));
    }

    void distrustSubject(Fingerprint subject, RevocationSource source) {
        meters.revocation(source.name().toLowerCase(Locale.ROOT), RevocationKind.SUBJECT_CHANGED);
        long now = loop.nanoTime();
        tell(own -> own.subjects.changed(subject, now));
    }

    /** Keeps a word, and has those keep it who take our place. */
    private void tell(Consumer<Revocations> word) {
        word.accept(this);
        onCheckLoop(this::forgetInTime);
        Heir next = heir;
        if (next != null) {
            next.revocations.tell(word);
        }
    }

    @Override
    public void listening(long sinceNanos) {
        @Nullable Long knownNanos = knownSinceNanos;
        trust = new Trust(true, knownNanos != null && knownNanos - sinceNanos > 0 ? knownNanos : sinceNanos);
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
