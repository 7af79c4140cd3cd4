package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.Hearsay.Word;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Fallback;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * What the facts of a session are worth to the bearer of a token at this moment: what was {@linkplain Revocations said} since
 * they were found, and what the {@linkplain CheckPolicy policy} makes of their age. Owns the policy, which a reload replaces, and
 * nothing else that changes; of an end that was said it writes the end into the cache. Any thread, without locks.
 */
final class SessionJudge {

    /** The policy as configured, and what is derived from it. */
    private record Rule(CheckPolicy policy, boolean trustsPushes, long leastMemoryNanos) {
        static Rule of(CheckConfig check) {
            return new Rule(
                    new CheckPolicy(
                            check.revalidateAfter(),
                            check.revalidateAfterWhileListening(),
                            check.expiringWithin(),
                            check.revalidateExpiringAfter(),
                            check.refreshAhead(),
                            check.serveStaleFor()),
                    !check.revalidateAfterWhileListening().isZero(),
                    CheckPolicy.nanos(check.revalidateAfter()));
        }
    }

    private final SessionCache cache;
    private final Revocations revocations;
    private final CheckLoop loop;
    private final InstantSource clock;
    private volatile Rule rule;

    SessionJudge(CheckConfig check, SessionCache cache, Revocations revocations, CheckLoop loop, InstantSource clock) {
        this.rule = Rule.of(check);
        this.cache = cache;
        this.revocations = revocations;
        this.loop = loop;
        this.clock = clock;
    }

    /** Another policy holds from the next decision on. Any thread. */
    void adopt(CheckConfig check) {
        rule = Rule.of(check);
    }

    /** The facts in the light of what was said since: of a subject whose sessions ended, an end. */
    SessionFacts heard(SessionFacts facts, VerifiedToken token) {
        return facts.standing() == Standing.LIVE && revocations.since(token, facts) == Word.ENDED
                ? cache.end(
                        token.sessionKey(), SessionFacts.saidToBeOver(memoryUntilNanos(token.expiresAtEpochMillis())))
                : facts;
    }

    /** What is to be done about a request now; no allocation. */
    Decision decisionOn(SessionFacts facts, VerifiedToken token) {
        if (facts.standing() == Standing.LIVE && revocations.since(token, facts) != Word.NOTHING) {
            return Decision.CHECK_FIRST;
        }
        Rule now = rule;
        return now.policy.decide(
                facts.standing(),
                facts.checkedNanos(),
                facts.untilNanos(),
                facts.jitter(),
                isPushed(facts, now),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
    }

    private boolean isPushed(SessionFacts facts, Rule now) {
        return now.trustsPushes && revocations.isPushed(facts);
    }

    /** How long a background check of these facts may wait for company. */
    long lingerNanos(SessionFacts facts, VerifiedToken token) {
        Rule now = rule;
        return now.policy.lingerNanos(
                facts.checkedNanos(),
                facts.jitter(),
                isPushed(facts, now),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
    }

    /**
     * Whether the request may not be served from it. The query began before the request asked, and so long before that a
     * logout may have been answered in between; or the session is said to have changed since, while the request waited. Such a
     * request waits for one more query, which begins later.
     */
    boolean isTooOldFor(PendingRequest request, SessionFacts facts) {
        return revocations.since(request.token(), facts) != Word.NOTHING
                || (facts.checkedNanos() - request.askedNanos() < 0
                        && decisionOn(facts, request.token()) == Decision.CHECK_FIRST);
    }

    /** The verdict where the check could not be made. */
    SessionVerdict verdictWithout(SessionFacts known, PendingRequest request, UnknownReason reason) {
        SessionFacts facts = heard(known, request.token());
        if (facts.standing() == Standing.ENDED) {
            return facts.verdictFor(request.token());
        }
        if (facts.standing() == Standing.LIVE && revocations.since(request.token(), facts) != Word.NOTHING) {
            return SharedVerdicts.unknown(reason); // what was found is known to be wrong
        }
        Fallback fallback = rule.policy.fallback(
                facts.standing(), facts.checkedNanos(), facts.untilNanos(), loop.nanoTime(), request.staleLimitNanos());
        return fallback == Fallback.SERVE_STALE
                ? facts.verdictFor(request.token(), How.STALE)
                : SharedVerdicts.unknown(reason);
    }

    /**
     * Remembers the end of a session.
     *
     * @param rememberUntilEpochMillis when the last token known to refer to it expires
     */
    SessionFacts remember(Fingerprint session, EndReason reason, long rememberUntilEpochMillis) {
        return cache.end(session, SessionFacts.ended(reason, memoryUntilNanos(rememberUntilEpochMillis)));
    }

    private long memoryUntilNanos(long rememberUntilEpochMillis) {
        long memoryMillis = Math.min(
                rememberUntilEpochMillis - clock.millis(), TimeUnit.NANOSECONDS.toMillis(CheckPolicy.FOREVER_NANOS));
        // Not less than an interval: a token may be accepted beyond its expiry for as long as the clock skew allows.
        return loop.nanoTime() + Math.max(TimeUnit.MILLISECONDS.toNanos(memoryMillis), rule.leastMemoryNanos);
    }

    /** The same end where it is not to be remembered among the sessions. */
    SessionFacts endNotRemembered(EndReason reason) {
        return SessionFacts.ended(reason, loop.nanoTime() + rule.leastMemoryNanos);
    }
}
