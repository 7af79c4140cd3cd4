package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions have to be asked about, and what follows from the answers: writes them into the cache and replies to the
 * requests that wait, each once, on its own loop. Owns no state: the requests are in the {@linkplain CheckDispatcher
 * dispatcher's} checks, what was found is in the cache. Confined to the check loop.
 */
final class SessionChecks implements CheckDispatcher.Answers {

    private static final long LONGEST_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

    /** A request waits for one check more where the first was too old for it, and for another where it changed since. */
    private static final int MOST_ASKED = 3;

    private final SessionCache cache;
    private final CheckDispatcher dispatcher;
    private final Revocations revocations;
    private final SessionJudge judge;
    private final SessionUse use;
    private final @Nullable Strangers strangers;
    private final CheckLoop loop;
    private final InstantSource clock;
    private final DecisionMeter meter;

    SessionChecks(
            SessionCache cache,
            CheckDispatcher dispatcher,
            Revocations revocations,
            SessionJudge judge,
            SessionUse use,
            @Nullable Strangers strangers,
            CheckLoop loop,
            InstantSource clock,
            DecisionMeter meter) {
        this.cache = cache;
        this.dispatcher = dispatcher;
        this.revocations = revocations;
        this.judge = judge;
        this.use = use;
        this.strangers = strangers;
        this.loop = loop;
        this.clock = clock;
        this.meter = meter;
    }

    /** Has a request wait for a check, unless one has come back meanwhile that will do. */
    void checkFirst(PendingRequest request) {
        VerifiedToken token = request.token();
        SessionFacts facts = judge.heard(cache.find(token.sessionKey()), token);
        // A check may have come back between the request's look and this turn of the loop.
        boolean isNews = facts != request.seen();
        if (isNews && judge.decisionOn(facts, token) != Decision.CHECK_FIRST) {
            answer(request, facts);
        } else {
            // Asked again means that an answer was too old for it: the next one must not be, from whichever server.
            long said = revocations.notBefore(token, facts);
            boolean again = request.timesAsked() > 0;
            boolean saidLater = said != CheckConnection.ANY_AGE && said - request.askedNanos() >= 0;
            dispatcher.check(request, again && !saidLater ? request.askedNanos() : said);
        }
    }

    /** Has the session checked in the background, unless these are its facts no more. */
    void refresh(SessionFacts facts, VerifiedToken token) {
        if (cache.find(token.sessionKey()) != facts) {
            return; // another check was faster
        }
        dispatcher.refresh(token, Math.min(judge.lingerNanos(facts, token), LONGEST_LINGER_NANOS));
    }

    /** These may have another expiry now. It counts once a check that began later has found it. */
    void renewed(List<VerifiedToken> tokens) {
        long now = loop.nanoTime();
        tokens.forEach(token -> dispatcher.refresh(token, 0, now));
    }

    /**
     * The session is over, whoever says so; a check of it under way will not bring it back.
     *
     * @param rememberUntilEpochMillis when the last token known to refer to it expires
     */
    SessionFacts end(Fingerprint session, EndReason reason, long rememberUntilEpochMillis) {
        SessionFacts ended = judge.remember(session, reason, rememberUntilEpochMillis);
        dispatcher.overtake(session, reason);
        revocations.ended(session, ended);
        return ended;
    }

    @Override
    public void found(Check check, @Nullable SessionRow row, long asOfNanos) {
        EndReason end = check.endedMeanwhile() != null ? check.endedMeanwhile() : endOf(row, check.asker());
        SessionFacts found = row == null || end != null
                ? over(check, end == null ? EndReason.NOT_FOUND : end)
                : live(check, row, asOfNanos);
        for (PendingRequest request : check.requests()) {
            SessionFacts facts = judge.heard(found, request.token());
            if (facts.standing() == Standing.LIVE && judge.isTooOldFor(request, facts)) {
                askAgain(request);
            } else {
                answer(request, facts);
            }
        }
    }

    /**
     * An end is remembered as long as the tokens of its session live. But a value that was never a session here, and that anybody
     * may have made up, only for a while and apart from the sessions: it may become one.
     */
    private SessionFacts over(Check check, EndReason reason) {
        boolean isStranger = strangers != null
                && check.asker().isOpaque()
                && check.endedMeanwhile() == null
                && cache.find(check.session()).standing() == Standing.NEVER_CHECKED;
        if (strangers == null || !isStranger) {
            return end(check.session(), reason, check.rememberUntilEpochMillis());
        }
        strangers.remember(check.session(), reason);
        return judge.endNotRemembered(reason);
    }

    private SessionFacts live(Check check, SessionRow row, long asOfNanos) {
        long now = loop.nanoTime();
        long sinceMillis = TimeUnit.NANOSECONDS.toMillis(now - asOfNanos);
        SessionFacts before = cache.find(check.session());
        RenewalMark mark = use.markAfter(before, now);
        SessionFacts facts =
                SessionFacts.live(row, check.asker(), asOfNanos, clock.millis() - sinceMillis, before, mark);
        if (strangers != null && before.standing() == Standing.NEVER_CHECKED) {
            strangers.forget(check.session());
        }
        return cache.live(check.session(), facts, now);
    }

    /** Answers from facts that were found for it. */
    private void answer(PendingRequest request, SessionFacts facts) {
        long now = loop.nanoTime();
        if (facts.standing() == Standing.LIVE && now - facts.untilNanos() >= 0) {
            reply(request, SharedVerdicts.ended(EndReason.EXPIRED));
            return;
        }
        SessionVerdict verdict = facts.verdictFor(request.token(), How.CHECKED);
        if (request.isRequest()) {
            use.checked(facts, request.token(), verdict, now);
        }
        reply(request, verdict);
    }

    /** In another turn: the connection that has just answered is not ready for more within this one. */
    private void askAgain(PendingRequest request) {
        if (request.timesAsked() >= MOST_ASKED) {
            // Somebody changes it faster than it can be looked at.
            reply(request, SharedVerdicts.unknown(UnknownReason.DATABASE_UNAVAILABLE));
        } else if (!loop.tryExecute(() -> checkFirst(request.again()))) {
            reply(request, SharedVerdicts.unknown(UnknownReason.STOPPING));
        }
    }

    @Override
    public void failed(Check check, UnknownReason reason) {
        SessionFacts facts = cache.find(check.session());
        facts.refreshFailed();
        for (PendingRequest request : check.requests()) {
            reply(request, judge.verdictWithout(facts, request, reason));
        }
    }

    @Override
    public void turnedAway(PendingRequest request, UnknownReason reason) {
        reply(request, judge.verdictWithout(cache.find(request.token().sessionKey()), request, reason));
    }

    private void reply(PendingRequest request, SessionVerdict verdict) {
        if (request.isRequest()) {
            meter.counted(verdict);
        }
        try {
            request.loop().execute(() -> request.then().accept(verdict));
        } catch (RejectedExecutionException e) {
            // The client's loop is gone, and the client with it.
        }
    }

    private static @Nullable EndReason endOf(@Nullable SessionRow row, VerifiedToken asker) {
        // One that is nobody's is nobody's login, and nobody may be served as nobody.
        if (row == null || (asker.isOpaque() && isNobodys(row))) {
            return EndReason.NOT_FOUND;
        }
        if (row.revoked()) {
            return EndReason.REVOKED;
        }
        return row.remainingMillis() <= 0 ? EndReason.EXPIRED : null;
    }

    private static boolean isNobodys(SessionRow row) {
        String subject = row.subject();
        return subject == null || subject.isBlank();
    }
}
