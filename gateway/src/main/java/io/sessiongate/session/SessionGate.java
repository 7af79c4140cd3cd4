package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Fallback;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Is the login still good? Answers from memory as long as the {@linkplain CheckPolicy policy} allows, else has the database
 * asked. One for each realm; {@link #decide} may be called on any thread, all writing happens on the check loop.
 *
 * <p>Facts are remembered by session id; what they mean is worked out for each request, as two tokens of one session differ
 * in expiry and may differ in subject, and two routes in how stale a fact they take.
 *
 * <p>A session found ended (not in the database, revoked, expired) stays ended until the tokens that were seen with it
 * expire. So an application must commit a session's row before it hands out a token for it, which it does anyway: another
 * gateway may see that token a millisecond later.
 */
public final class SessionGate {

    private static final long LONGEST_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

    private final CheckPolicy policy;
    private final SessionCache cache;
    private final CheckDispatcher dispatcher;
    private final CheckLoop loop;
    private final InstantSource clock;
    private final StoreHealth health;
    private final DecisionMeter meter;
    private final long leastMemoryNanos;

    /**
     * How the session store fares.
     *
     * @param connected whether a connection is open that can be expected to answer
     * @param lastFailure what went wrong last, null when nothing did since the last success; no credentials
     * @param connections open, opening, or not yet closed
     * @param waiting sessions in line for a connection
     */
    public record Health(boolean connected, @Nullable String lastFailure, int connections, int waiting) {}

    SessionGate(
            String realm,
            SessionConfig config,
            CheckConnector connector,
            CheckLoop loop,
            InstantSource clock,
            SessionMeters meters) {
        CheckConfig check = config.check();
        this.policy = new CheckPolicy(
                check.revalidateAfter(),
                check.expiringWithin(),
                check.revalidateExpiringAfter(),
                check.refreshAhead(),
                check.serveStaleFor());
        this.leastMemoryNanos = CheckPolicy.nanos(check.revalidateAfter());
        this.loop = loop;
        this.clock = clock;
        this.meter = new DecisionMeter(meters);
        this.health = new StoreHealth(realm);
        this.cache = new SessionCache(config.cacheSize(), loop, meters);
        this.dispatcher = new CheckDispatcher(
                connector,
                loop,
                new CheckDispatcher.Limits(
                        config.database().connectionLimit(),
                        config.maxWaiting(),
                        CheckPolicy.nanos(config.database().poolTimeout()),
                        CheckPolicy.nanos(config.queryTimeout())),
                new ConnectBackoff(new SplittableRandom(loop.nanoTime() ^ realm.hashCode())),
                health,
                meters,
                new CheckDispatcher.Answers() {
                    @Override
                    public void found(Check over, @Nullable SessionRow row, long begunNanos) {
                        onFound(over, row, begunNanos);
                    }

                    @Override
                    public void failed(Check over, UnknownReason reason) {
                        onFailed(over, reason);
                    }
                });
    }

    /**
     * Decides about a request. {@code then} is called exactly once: before this returns when memory suffices, else on
     * {@code requestLoop}, within pool timeout, query timeout and 250 ms; twice that where it joined a query that had begun
     * too long before it.
     *
     * @param staleLimit narrows the realm's {@code serve-stale-for} for this request, zero is never; null leaves it
     */
    public void decide(
            VerifiedToken token, @Nullable Duration staleLimit, Executor requestLoop, Consumer<SessionVerdict> then) {
        meter.requested();
        SessionFacts facts = cache.find(token.sessionId());
        switch (decisionOn(facts, token)) {
            case SERVE, REFUSE -> then.accept(meter.counted(facts.verdictFor(token)));
            case SERVE_AND_REFRESH -> then.accept(meter.counted(serveAndRefresh(facts, token)));
            case CHECK_FIRST -> {
                long staleLimitNanos = staleLimit == null ? CheckPolicy.FOREVER_NANOS : CheckPolicy.nanos(staleLimit);
                PendingRequest request =
                        new PendingRequest(token, facts, loop.nanoTime(), staleLimitNanos, requestLoop, then);
                if (!onCheckLoop(() -> checkFirst(request))) {
                    then.accept(meter.counted(verdictWithout(facts, request, UnknownReason.STOPPING)));
                }
            }
        }
    }

    /**
     * How the session store fares. Reading it while no connection is live asks for one, so that an instance that was taken
     * out of service for want of a database finds out when there is one again.
     */
    public Health health() {
        Health now = health.read();
        if (!now.connected()) {
            onCheckLoop(dispatcher::probe);
        }
        return now;
    }

    /**
     * Stops checking: what waits is answered as stopping, connections are closed, memory goes on serving what it may.
     * Returns at once; all is done in the check loop's next turn. May be called again.
     */
    public void close() {
        onCheckLoop(dispatcher::close);
    }

    /**
     * The session is over, whoever says so; a check of it under way will not bring it back. On the check loop.
     *
     * @param rememberUntilEpochMillis when the last token known to refer to it expires
     */
    SessionFacts end(String sessionId, EndReason reason, long rememberUntilEpochMillis) {
        long memoryMillis = Math.min(
                rememberUntilEpochMillis - clock.millis(), TimeUnit.NANOSECONDS.toMillis(CheckPolicy.FOREVER_NANOS));
        // Not less than an interval: a token may be accepted beyond its expiry for as long as the clock skew allows.
        long memoryNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(memoryMillis), leastMemoryNanos);
        SessionFacts ended = SessionFacts.ended(reason, loop.nanoTime() + memoryNanos);
        cache.put(sessionId, ended);
        dispatcher.overtake(sessionId, reason);
        return ended;
    }

    private Decision decisionOn(SessionFacts facts, VerifiedToken token) {
        return policy.decide(
                facts.standing(),
                facts.checkedNanos(),
                facts.untilNanos(),
                facts.jitter(),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
    }

    private SessionVerdict serveAndRefresh(SessionFacts facts, VerifiedToken token) {
        SessionVerdict verdict = facts.verdictFor(token);
        if (!(verdict instanceof Live) || !facts.startRefresh()) {
            return verdict;
        }
        return onCheckLoop(() -> refresh(facts, token)) ? facts.verdictFor(token, How.REFRESHING) : verdict;
    }

    private void refresh(SessionFacts facts, VerifiedToken token) {
        if (cache.find(token.sessionId()) != facts) {
            return; // another check was faster
        }
        long lingerNanos = policy.lingerNanos(
                facts.checkedNanos(),
                facts.jitter(),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
        dispatcher.refresh(token, Math.min(lingerNanos, LONGEST_LINGER_NANOS));
    }

    private void checkFirst(PendingRequest request) {
        SessionFacts facts = cache.find(request.token().sessionId());
        // A check may have come back between the request's look and this turn of the loop.
        boolean isNews = facts != request.seen();
        if (isNews && decisionOn(facts, request.token()) != Decision.CHECK_FIRST) {
            reply(request, facts.verdictFor(request.token(), How.CHECKED));
        } else {
            dispatcher.check(request);
        }
    }

    private void onFound(Check check, @Nullable SessionRow row, long begunNanos) {
        EndReason end = check.endedMeanwhile() != null ? check.endedMeanwhile() : endOf(row);
        SessionFacts facts = row == null || end != null
                ? end(check.sessionId(), end == null ? EndReason.NOT_FOUND : end, check.rememberUntilEpochMillis())
                : live(check.sessionId(), row, begunNanos);
        boolean isOver = facts.standing() == Standing.LIVE && loop.nanoTime() - facts.untilNanos() >= 0;
        for (PendingRequest request : check.requests()) {
            if (facts.standing() == Standing.LIVE && isTooOldFor(request, facts)) {
                askAgain(request);
                continue;
            }
            reply(
                    request,
                    isOver ? SharedVerdicts.ended(EndReason.EXPIRED) : facts.verdictFor(request.token(), How.CHECKED));
        }
    }

    /**
     * Whether the query began before the request asked, and so long before that the request may not be served from it: a
     * logout may have been answered in between. Such a request waits for one more query, which begins after it.
     */
    private boolean isTooOldFor(PendingRequest request, SessionFacts facts) {
        return facts.checkedNanos() - request.askedNanos() < 0
                && decisionOn(facts, request.token()) == Decision.CHECK_FIRST;
    }

    /** In another turn: the connection that has just answered is not ready for more within this one. */
    private void askAgain(PendingRequest request) {
        if (!onCheckLoop(() -> checkFirst(request))) {
            reply(request, SharedVerdicts.unknown(UnknownReason.STOPPING));
        }
    }

    private SessionFacts live(String sessionId, SessionRow row, long begunNanos) {
        long sinceMillis = TimeUnit.NANOSECONDS.toMillis(loop.nanoTime() - begunNanos);
        SessionFacts facts = SessionFacts.live(row, begunNanos, clock.millis() - sinceMillis);
        cache.put(sessionId, facts);
        return facts;
    }

    private void onFailed(Check check, UnknownReason reason) {
        SessionFacts facts = cache.find(check.sessionId());
        facts.refreshFailed();
        for (PendingRequest request : check.requests()) {
            reply(request, verdictWithout(facts, request, reason));
        }
    }

    /** The verdict where the check could not be made. */
    private SessionVerdict verdictWithout(SessionFacts facts, PendingRequest request, UnknownReason reason) {
        if (facts.standing() == Standing.ENDED) {
            return facts.verdictFor(request.token());
        }
        Fallback fallback = policy.fallback(
                facts.standing(), facts.checkedNanos(), facts.untilNanos(), loop.nanoTime(), request.staleLimitNanos());
        return fallback == Fallback.SERVE_STALE
                ? facts.verdictFor(request.token(), How.STALE)
                : SharedVerdicts.unknown(reason);
    }

    private static @Nullable EndReason endOf(@Nullable SessionRow row) {
        if (row == null) {
            return EndReason.NOT_FOUND;
        }
        if (row.revoked()) {
            return EndReason.REVOKED;
        }
        return row.remainingMillis() <= 0 ? EndReason.EXPIRED : null;
    }

    private void reply(PendingRequest request, SessionVerdict verdict) {
        meter.counted(verdict);
        try {
            request.loop().execute(() -> request.then().accept(verdict));
        } catch (RejectedExecutionException e) {
            // The client's loop is gone, and the client with it.
        }
    }

    private boolean onCheckLoop(Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false; // stopped
        }
    }
}
