package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.Hearsay.Word;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Fallback;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Is the login still good? Answers from memory as long as the {@linkplain CheckPolicy policy} allows, else has the database
 * asked. One for each realm; {@link #decide} may be called on any thread, all writing happens on the check loop.
 *
 * <p>Facts are remembered by the session's fingerprint; what they mean is worked out for each request, as two tokens of one session differ
 * in expiry and may differ in subject, and two routes in how stale a fact they take.
 *
 * <p>A session found ended (not in the database, revoked, expired) stays ended until the tokens that were seen with it
 * expire. So an application must commit a session's row before it hands out a token for it, which it does anyway: another
 * gateway may see that token a millisecond later.
 */
public final class SessionGate {

    private static final long LONGEST_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

    /** A request waits for one check more where the first was too old for it, and for another where it changed since. */
    private static final int MOST_ASKED = 3;

    private final CheckPolicy policy;
    private final SessionCache cache;
    private final CheckDispatcher dispatcher;
    private final CheckLoop loop;
    private final InstantSource clock;
    private final StoreHealth health;
    private final DecisionMeter meter;
    private final Revocations revocations;
    private final @Nullable TouchSink touches;
    private final long touchEveryNanos;
    private final boolean trustsPushes;
    private final long leastMemoryNanos;
    private final boolean closesStreamsAtExpiry;
    private final boolean sharedByLogins;
    private final @Nullable Strangers strangers;
    private final boolean renews;
    private final long renewWithinNanos;
    private @Nullable RenewalSink renewals;
    private final List<Runnable> companions = new CopyOnWriteArrayList<>();
    private volatile RevocationBroadcast fleet = RevocationBroadcast.NONE;

    /**
     * How the session store fares.
     *
     * @param connected whether a connection is open that can be expected to answer
     * @param lastFailure what went wrong last, null when nothing did since the last success; no credentials
     * @param connections open, opening, or not yet closed
     * @param waiting sessions in line for a connection
     */
    public record Health(boolean connected, @Nullable String lastFailure, int connections, int waiting) {}

    /**
     * Where the use of a session is written down, best effort; null where the configuration does not ask for it. On the check
     * loop.
     */
    interface TouchSink {
        void used(String sessionId);
    }

    /** What prolongs sessions, best effort; null where that is not ours to do. On the check loop. */
    interface RenewalSink {
        void wanted(VerifiedToken token);
    }

    SessionGate(
            String realm,
            SessionConfig config,
            CheckConnector connector,
            @Nullable TouchSink touches,
            CheckLoop loop,
            InstantSource clock,
            SessionMeters meters) {
        CheckConfig check = config.check();
        SplittableRandom random = new SplittableRandom(loop.nanoTime() ^ realm.hashCode());
        this.policy = new CheckPolicy(
                check.revalidateAfter(),
                check.revalidateAfterWhileListening(),
                check.expiringWithin(),
                check.revalidateExpiringAfter(),
                check.refreshAhead(),
                check.serveStaleFor());
        this.leastMemoryNanos = CheckPolicy.nanos(check.revalidateAfter());
        this.closesStreamsAtExpiry = config.closeAtExpiry();
        this.sharedByLogins = config.sharesSessions();
        this.trustsPushes = !check.revalidateAfterWhileListening().isZero();
        this.touches = touches;
        this.touchEveryNanos =
                config.touch() == null ? 0 : CheckPolicy.nanos(config.touch().every());
        RenewConfig renew = config.renew();
        this.renews = renew != null;
        this.renewWithinNanos = renew == null ? 0 : CheckPolicy.nanos(renew.dueWithin());
        this.strangers = config.unknown() == null
                ? null
                : new Strangers(config.unknown(), config.maxWaiting(), loop, meters.strangers());
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
                new ConnectBackoff(random.split()),
                new CheckBreaker(Math.max(2, Math.min(3, config.database().connectionLimit())), random.split()),
                health,
                meters,
                new CheckDispatcher.Answers() {
                    @Override
                    public void found(Check over, @Nullable SessionRow row, long asOfNanos) {
                        onFound(over, row, asOfNanos);
                    }

                    @Override
                    public void failed(Check over, UnknownReason reason) {
                        onFailed(over, reason);
                    }

                    @Override
                    public void turnedAway(PendingRequest request, UnknownReason reason) {
                        reply(request, verdictWithout(cache.find(request.token().sessionKey()), request, reason));
                    }
                });
        this.revocations =
                new Revocations(check, !config.replicas().isEmpty(), cache, dispatcher, loop, meters.words());
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
        decide(token, staleLimit, () -> null, requestLoop, then);
    }

    /**
     * The same.
     *
     * @param client who sends it, asked for only where it matters: of a value that may be made up
     */
    public void decide(
            VerifiedToken token,
            @Nullable Duration staleLimit,
            Supplier<? extends @Nullable InetAddress> client,
            Executor requestLoop,
            Consumer<SessionVerdict> then) {
        meter.requested();
        decide(token, true, staleLimit, client, requestLoop, then);
    }

    /**
     * The same for a stream that was let in before and is still open. It does not count as a request, nor as a use of the
     * session.
     */
    public void recheck(
            VerifiedToken token, @Nullable Duration staleLimit, Executor requestLoop, Consumer<SessionVerdict> then) {
        meter.rechecked();
        decide(token, false, staleLimit, () -> null, requestLoop, then);
    }

    private void decide(
            VerifiedToken token,
            boolean isRequest,
            @Nullable Duration staleLimit,
            Supplier<? extends @Nullable InetAddress> client,
            Executor requestLoop,
            Consumer<SessionVerdict> then) {
        SessionFacts facts = heard(cache.find(token.sessionKey()), token);
        switch (decisionOn(facts, token)) {
            case SERVE, REFUSE -> serve(facts, token, isRequest, facts.verdictFor(token), then);
            case SERVE_AND_REFRESH -> serve(facts, token, isRequest, serveAndRefresh(facts, token), then);
            case CHECK_FIRST -> {
                Consumer<SessionVerdict> told = then;
                if (strangers != null && token.isOpaque() && facts.standing() == Standing.NEVER_CHECKED) {
                    Strangers.Admission admission = strangers.admit(token.sessionKey(), client.get(), then);
                    SessionVerdict refusal = admission.refusal();
                    if (refusal != null) {
                        then.accept(isRequest ? meter.counted(refusal) : refusal);
                        return;
                    }
                    told = admission.then();
                }
                long staleLimitNanos = staleLimit == null ? CheckPolicy.FOREVER_NANOS : CheckPolicy.nanos(staleLimit);
                PendingRequest request = new PendingRequest(
                        token, facts, isRequest, loop.nanoTime(), staleLimitNanos, 0, requestLoop, told);
                if (!onCheckLoop(() -> checkFirst(request))) {
                    told.accept(counted(request, verdictWithout(facts, request, UnknownReason.STOPPING)));
                }
            }
        }
    }

    private void serve(
            SessionFacts facts,
            VerifiedToken token,
            boolean isRequest,
            SessionVerdict verdict,
            Consumer<SessionVerdict> then) {
        if (!isRequest) {
            then.accept(verdict);
            return;
        }
        if (touches != null && verdict instanceof Live && facts.startTouch(loop.nanoTime(), touchEveryNanos)) {
            onCheckLoop(() -> touches.used(token.sessionId()));
        }
        RenewalSink sink = renewals;
        if (sink != null && verdict instanceof Live && isRenewalDue(facts)) {
            onCheckLoop(() -> sink.wanted(token));
        }
        then.accept(meter.counted(verdict));
    }

    /**
     * Ends this session, from the next decision on; a check of it under way does not bring it back. Where all logins of a user are
     * one session until its number is another one, it is only distrusted: the next login has the same number. Any thread.
     */
    public void revokeSession(Fingerprint session, RevocationSource source) {
        if (sharedByLogins) {
            revocations.distrustSession(session, source);
        } else {
            revocations.revokeSession(session, source);
        }
    }

    /**
     * The same of the session that a token is for. Of a value that is no session here, and that anybody may have made up, the
     * end is remembered as shortly as that it is none: it is looked for before it is served anyway.
     *
     * @return whether it was a session that is known here, or one that nobody can make up
     */
    public boolean revokeSession(VerifiedToken token, RevocationSource source) {
        if (strangers != null && isUnknown(token)) {
            strangers.remember(token.sessionKey(), EndReason.REVOKED);
            onCheckLoop(() -> dispatcher.overtake(token.sessionKey(), EndReason.REVOKED));
            return false;
        }
        revokeSession(token.sessionKey(), source);
        return true;
    }

    private boolean isUnknown(VerifiedToken token) {
        return token.isOpaque() && cache.find(token.sessionKey()).standing() == Standing.NEVER_CHECKED;
    }

    /** Whose session it is, as far as that is known here. Any thread. */
    public @Nullable String subjectOf(VerifiedToken token) {
        return token.isOpaque() ? cache.find(token.sessionKey()).attributes().subject() : token.subject();
    }

    /**
     * Ends all of the subject's sessions that were checked before, from the next decision on; others, such as that of a login
     * from now on, are for the database to judge; as all are where {@link #revokeSession} ends none. Any thread.
     */
    public void revokeSubject(Fingerprint subject, RevocationSource source) {
        if (sharedByLogins) {
            revocations.distrustSubject(subject, source);
        } else {
            revocations.revokeSubject(subject, source);
        }
    }

    /** Has the session checked before it is served again, and not served stale. Any thread. */
    public void distrustSession(VerifiedToken token, RevocationSource source) {
        if (strangers == null || !isUnknown(token)) {
            distrustSession(token.sessionKey(), source);
        }
    }

    /** The same. */
    public void distrustSession(Fingerprint session, RevocationSource source) {
        revocations.distrustSession(session, source);
    }

    /** The same for all sessions of the subject. Any thread. */
    public void distrustSubject(Fingerprint subject, RevocationSource source) {
        revocations.distrustSubject(subject, source);
    }

    /** Whether what is open on behalf of a token ends when the token does. */
    public boolean closesStreamsAtExpiry() {
        return closesStreamsAtExpiry;
    }

    /** Has the watcher told of every end from now on. Any thread. */
    public void watch(RevocationWatcher watcher) {
        revocations.watch(watcher);
    }

    /** Where pushes go. */
    RevocationIntake intake() {
        return revocations;
    }

    /** Who tells the other gateways of this realm what was ended here. */
    public RevocationBroadcast fleet() {
        return fleet;
    }

    /** Before the gate is handed out. */
    void tellsFleetBy(RevocationBroadcast broadcast) {
        fleet = broadcast;
    }

    /** Before the gate is handed out. */
    void renewsBy(@Nullable RenewalSink sink) {
        renewals = sink;
    }

    /** What goes with the gate: runs on the check loop when it is closed, each time. Before the gate is handed out. */
    void closesAlso(Runnable companion) {
        companions.add(companion);
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
        onCheckLoop(() -> {
            companions.forEach(Runnable::run);
            revocations.close();
            dispatcher.close();
        });
    }

    /**
     * The session is over, whoever says so; a check of it under way will not bring it back. On the check loop.
     *
     * @param rememberUntilEpochMillis when the last token known to refer to it expires
     */
    SessionFacts end(Fingerprint session, EndReason reason, long rememberUntilEpochMillis) {
        SessionFacts ended = remember(session, reason, rememberUntilEpochMillis);
        dispatcher.overtake(session, reason);
        revocations.ended(session);
        return ended;
    }

    /** Remembers the end; any thread. */
    private SessionFacts remember(Fingerprint session, EndReason reason, long rememberUntilEpochMillis) {
        long memoryMillis = Math.min(
                rememberUntilEpochMillis - clock.millis(), TimeUnit.NANOSECONDS.toMillis(CheckPolicy.FOREVER_NANOS));
        // Not less than an interval: a token may be accepted beyond its expiry for as long as the clock skew allows.
        long memoryNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(memoryMillis), leastMemoryNanos);
        return cache.end(session, SessionFacts.ended(reason, loop.nanoTime() + memoryNanos));
    }

    /** The facts in the light of what was said since: of a subject whose sessions ended, an end. */
    private SessionFacts heard(SessionFacts facts, VerifiedToken token) {
        return facts.standing() == Standing.LIVE && revocations.since(token, facts) == Word.ENDED
                ? remember(token.sessionKey(), EndReason.REVOKED, token.expiresAtEpochMillis())
                : facts;
    }

    private Decision decisionOn(SessionFacts facts, VerifiedToken token) {
        if (facts.standing() == Standing.LIVE && revocations.since(token, facts) != Word.NOTHING) {
            return Decision.CHECK_FIRST;
        }
        return policy.decide(
                facts.standing(),
                facts.checkedNanos(),
                facts.untilNanos(),
                facts.jitter(),
                isPushed(facts),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
    }

    private boolean isPushed(SessionFacts facts) {
        return trustsPushes && revocations.isPushed(facts);
    }

    private SessionVerdict serveAndRefresh(SessionFacts facts, VerifiedToken token) {
        SessionVerdict verdict = facts.verdictFor(token);
        if (!(verdict instanceof Live) || !facts.startRefresh()) {
            return verdict;
        }
        return onCheckLoop(() -> refresh(facts, token)) ? facts.verdictFor(token, How.REFRESHING) : verdict;
    }

    private void refresh(SessionFacts facts, VerifiedToken token) {
        if (cache.find(token.sessionKey()) != facts) {
            return; // another check was faster
        }
        long lingerNanos = policy.lingerNanos(
                facts.checkedNanos(),
                facts.jitter(),
                isPushed(facts),
                loop.nanoTime(),
                token.issuedAtEpochMillis(),
                token.expiresAtEpochMillis(),
                clock.millis());
        dispatcher.refresh(token, Math.min(lingerNanos, LONGEST_LINGER_NANOS));
    }

    private void checkFirst(PendingRequest request) {
        VerifiedToken token = request.token();
        SessionFacts facts = heard(cache.find(token.sessionKey()), token);
        // A check may have come back between the request's look and this turn of the loop.
        boolean isNews = facts != request.seen();
        if (isNews && decisionOn(facts, token) != Decision.CHECK_FIRST) {
            answer(request, facts);
        } else {
            // Asked again means that an answer was too old for it: the next one must not be, from whichever server.
            long said = revocations.notBefore(token, facts);
            boolean again = request.timesAsked() > 0;
            boolean saidLater = said != CheckConnection.ANY_AGE && said - request.askedNanos() >= 0;
            dispatcher.check(request, again && !saidLater ? request.askedNanos() : said);
        }
    }

    private void onFound(Check check, @Nullable SessionRow row, long asOfNanos) {
        EndReason end = check.endedMeanwhile() != null ? check.endedMeanwhile() : endOf(row, check.asker());
        SessionFacts found = row == null || end != null
                ? over(check, end == null ? EndReason.NOT_FOUND : end)
                : live(check, row, asOfNanos);
        for (PendingRequest request : check.requests()) {
            SessionFacts facts = heard(found, request.token());
            if (facts.standing() == Standing.LIVE && isTooOldFor(request, facts)) {
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
        return SessionFacts.ended(reason, loop.nanoTime() + leastMemoryNanos);
    }

    /** Answers from facts that were found for it. */
    private void answer(PendingRequest request, SessionFacts facts) {
        long now = loop.nanoTime();
        if (facts.standing() == Standing.LIVE && now - facts.untilNanos() >= 0) {
            reply(request, SharedVerdicts.ended(EndReason.EXPIRED));
            return;
        }
        SessionVerdict verdict = facts.verdictFor(request.token(), How.CHECKED);
        if (touches != null
                && request.isRequest()
                && verdict instanceof Live
                && facts.startTouch(now, touchEveryNanos)) {
            touches.used(request.token().sessionId());
        }
        if (renewals != null && request.isRequest() && verdict instanceof Live && isRenewalDue(facts)) {
            renewals.wanted(request.token());
        }
        reply(request, verdict);
    }

    /**
     * Whether the request may not be served from it. The query began before the request asked, and so long before that a
     * logout may have been answered in between; or the session is said to have changed since, while the request waited. Such a
     * request waits for one more query, which begins later.
     */
    private boolean isTooOldFor(PendingRequest request, SessionFacts facts) {
        return revocations.since(request.token(), facts) != Word.NOTHING
                || (facts.checkedNanos() - request.askedNanos() < 0
                        && decisionOn(facts, request.token()) == Decision.CHECK_FIRST);
    }

    private boolean isRenewalDue(SessionFacts facts) {
        RenewalMark mark = facts.renewal();
        long now = loop.nanoTime();
        return mark != null && facts.untilNanos() - now <= renewWithinNanos && mark.startRenewal(now);
    }

    /**
     * These may have another expiry now. It counts once a check that began later has found it. On the check loop.
     */
    void renewed(List<VerifiedToken> tokens) {
        long now = loop.nanoTime();
        tokens.forEach(token -> dispatcher.refresh(token, 0, now));
    }

    /**
     * Until when a cookie lasts that the client is to be given with the answer at hand, in milliseconds since the epoch, and counts as
     * given; -1 where it needs none: it was given one that lasts as long, or its session is not ours to prolong, has ended or is in
     * doubt. Any thread.
     */
    public long takeCookieUntilEpochMillis(VerifiedToken token) {
        SessionFacts facts = renews ? cache.find(token.sessionKey()) : SessionFacts.NONE;
        RenewalMark mark = facts.renewal();
        long leftNanos = facts.untilNanos() - loop.nanoTime();
        if (mark == null
                || leftNanos <= 0
                || leftNanos > CheckPolicy.FOREVER_NANOS / 2
                || revocations.since(token, facts) != Word.NOTHING
                || !mark.startCookie(facts.untilNanos())) {
            return -1;
        }
        return clock.millis() + TimeUnit.NANOSECONDS.toMillis(leftNanos);
    }

    /** In another turn: the connection that has just answered is not ready for more within this one. */
    private void askAgain(PendingRequest request) {
        if (request.timesAsked() >= MOST_ASKED) {
            // Somebody changes it faster than it can be looked at.
            reply(request, SharedVerdicts.unknown(UnknownReason.DATABASE_UNAVAILABLE));
        } else if (!onCheckLoop(() -> checkFirst(request.again()))) {
            reply(request, SharedVerdicts.unknown(UnknownReason.STOPPING));
        }
    }

    private SessionFacts live(Check check, SessionRow row, long asOfNanos) {
        long now = loop.nanoTime();
        long sinceMillis = TimeUnit.NANOSECONDS.toMillis(now - asOfNanos);
        SessionFacts before = cache.find(check.session());
        RenewalMark mark = renews && before.renewal() == null ? new RenewalMark(now) : before.renewal();
        SessionFacts facts =
                SessionFacts.live(row, check.asker(), asOfNanos, clock.millis() - sinceMillis, before, mark);
        if (strangers != null && before.standing() == Standing.NEVER_CHECKED) {
            strangers.forget(check.session());
        }
        return cache.live(check.session(), facts, now);
    }

    private void onFailed(Check check, UnknownReason reason) {
        SessionFacts facts = cache.find(check.session());
        facts.refreshFailed();
        for (PendingRequest request : check.requests()) {
            reply(request, verdictWithout(facts, request, reason));
        }
    }

    /** The verdict where the check could not be made. */
    private SessionVerdict verdictWithout(SessionFacts known, PendingRequest request, UnknownReason reason) {
        SessionFacts facts = heard(known, request.token());
        if (facts.standing() == Standing.ENDED) {
            return facts.verdictFor(request.token());
        }
        if (facts.standing() == Standing.LIVE && revocations.since(request.token(), facts) != Word.NOTHING) {
            return SharedVerdicts.unknown(reason); // what was found is known to be wrong
        }
        Fallback fallback = policy.fallback(
                facts.standing(), facts.checkedNanos(), facts.untilNanos(), loop.nanoTime(), request.staleLimitNanos());
        return fallback == Fallback.SERVE_STALE
                ? facts.verdictFor(request.token(), How.STALE)
                : SharedVerdicts.unknown(reason);
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

    private SessionVerdict counted(PendingRequest request, SessionVerdict verdict) {
        return request.isRequest() ? meter.counted(verdict) : verdict;
    }

    private void reply(PendingRequest request, SessionVerdict verdict) {
        counted(request, verdict);
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
