package io.sessiongate.session;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.policy.CheckPolicy;
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
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Is the login still good? Answers from memory as long as the {@linkplain CheckPolicy policy} allows, else has the database
 * asked. One for each realm; {@link #decide} may be called on any thread.
 *
 * <p>This class is the way of a request, and the door for those who say that a session ended. It makes the parts of the room
 * and owns them: {@link SessionCache} what is known, {@link Revocations} what was said, both for any thread; {@link
 * SessionJudge} what that is worth now and {@link SessionUse} what follows from a use, any thread; {@link SessionChecks} and
 * {@link CheckDispatcher} the questions to the database, on the check loop.
 *
 * <p>Facts are remembered by the session's fingerprint; what they mean is worked out for each request, as two tokens of one session differ
 * in expiry and may differ in subject, and two routes in how stale a fact they take.
 *
 * <p>A session found ended (not in the database, revoked, expired) stays ended until the tokens that were seen with it
 * expire. So an application must commit a session's row before it hands out a token for it, which it does anyway: another
 * gateway may see that token a millisecond later.
 */
public final class SessionGate {

    private final SessionCache cache;
    private final CheckDispatcher dispatcher;
    private final CheckLoop loop;
    private final StoreHealth health;
    private final DecisionMeter meter;
    private final Revocations revocations;
    private final SessionJudge judge;
    private final SessionUse use;
    private final SessionChecks checks;
    private final @Nullable Strangers strangers;
    private final boolean sharedByLogins;
    private final List<Runnable> companions = new CopyOnWriteArrayList<>();
    private volatile RevocationBroadcast fleet = RevocationBroadcast.NONE;
    private volatile SessionConfig config;
    private volatile boolean closed;
    private volatile boolean abandoned;
    private volatile @Nullable SessionGate heir;

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
            SessionUse.@Nullable TouchSink touches,
            CheckLoop loop,
            InstantSource clock,
            SessionMeters meters) {
        CheckConfig check = config.check();
        SplittableRandom random = new SplittableRandom(loop.nanoTime() ^ realm.hashCode());
        this.config = config;
        this.sharedByLogins = config.sharesSessions();
        this.strangers = config.unknown() == null
                ? null
                : new Strangers(config.unknown(), config.maxWaiting(), loop, meters.strangers());
        this.loop = loop;
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
                        checks.found(over, row, asOfNanos);
                    }

                    @Override
                    public void failed(Check over, UnknownReason reason) {
                        checks.failed(over, reason);
                    }

                    @Override
                    public void turnedAway(PendingRequest request, UnknownReason reason) {
                        checks.turnedAway(request, reason);
                    }
                });
        this.revocations =
                new Revocations(check, !config.replicas().isEmpty(), cache, dispatcher, loop, meters.words());
        this.judge = new SessionJudge(check, cache, revocations, loop, clock);
        this.use = new SessionUse(config, touches, cache, revocations, loop, clock);
        this.checks = new SessionChecks(cache, dispatcher, revocations, judge, use, strangers, loop, clock, meter);
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
        SessionGate asked = inCharge();
        asked.meter.requested();
        asked.decide(token, true, staleLimit, client, requestLoop, then);
    }

    /**
     * The same for a stream that was let in before and is still open. It does not count as a request, nor as a use of the
     * session. It is judged by who has taken this gate's place, and has ended where nobody has.
     */
    public void recheck(
            VerifiedToken token, @Nullable Duration staleLimit, Executor requestLoop, Consumer<SessionVerdict> then) {
        SessionGate asked = successor();
        if (asked.abandoned) {
            then.accept(SharedVerdicts.ended(EndReason.NOT_FOUND));
            return;
        }
        asked.meter.rechecked();
        asked.decide(token, false, staleLimit, () -> null, requestLoop, then);
    }

    private void decide(
            VerifiedToken token,
            boolean isRequest,
            @Nullable Duration staleLimit,
            Supplier<? extends @Nullable InetAddress> client,
            Executor requestLoop,
            Consumer<SessionVerdict> then) {
        SessionFacts facts = judge.heard(cache.find(token.sessionKey()), token);
        switch (judge.decisionOn(facts, token)) {
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
                if (!loop.tryExecute(() -> checks.checkFirst(request))) {
                    SessionVerdict verdict = judge.verdictWithout(facts, request, UnknownReason.STOPPING);
                    told.accept(isRequest ? meter.counted(verdict) : verdict);
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
        use.served(facts, token, verdict);
        then.accept(meter.counted(verdict));
    }

    private SessionVerdict serveAndRefresh(SessionFacts facts, VerifiedToken token) {
        SessionVerdict verdict = facts.verdictFor(token);
        if (!(verdict instanceof Live) || !facts.startRefresh()) {
            return verdict;
        }
        return loop.tryExecute(() -> checks.refresh(facts, token)) ? facts.verdictFor(token, How.REFRESHING) : verdict;
    }

    /**
     * Ends this session, from the next decision on; a check of it under way does not bring it back. Where all logins of a user are
     * one session until its number is another one, it is only distrusted: the next login has the same number. Any thread.
     */
    public void revokeSession(Fingerprint session, RevocationSource source) {
        SessionGate own = inCharge();
        if (own.sharedByLogins) {
            own.revocations.distrustSession(session, source);
        } else {
            own.revocations.revokeSession(session, source);
        }
    }

    /**
     * The same of the session that a token is for. Of a value that is no session here, and that anybody may have made up, the
     * end is remembered as shortly as that it is none: it is looked for before it is served anyway.
     *
     * @return whether it was a session that is known here, or one that nobody can make up
     */
    public boolean revokeSession(VerifiedToken token, RevocationSource source) {
        SessionGate own = inCharge();
        return own == this ? end(token, source) : own.revokeSession(token, source);
    }

    private boolean end(VerifiedToken token, RevocationSource source) {
        if (strangers != null && isUnknown(token)) {
            strangers.remember(token.sessionKey(), EndReason.REVOKED);
            loop.tryExecute(() -> dispatcher.overtake(token.sessionKey(), EndReason.REVOKED));
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
        return token.isOpaque()
                ? inCharge().cache.find(token.sessionKey()).attributes().subject()
                : token.subject();
    }

    /**
     * Ends all of the subject's sessions that were checked before, from the next decision on; others, such as that of a login
     * from now on, are for the database to judge; as all are where {@link #revokeSession} ends none. Any thread.
     */
    public void revokeSubject(Fingerprint subject, RevocationSource source) {
        SessionGate own = inCharge();
        if (own.sharedByLogins) {
            own.revocations.distrustSubject(subject, source);
        } else {
            own.revocations.revokeSubject(subject, source);
        }
    }

    /** Has the session checked before it is served again, and not served stale. Any thread. */
    public void distrustSession(VerifiedToken token, RevocationSource source) {
        SessionGate own = inCharge();
        if (own.strangers == null || !own.isUnknown(token)) {
            own.distrustSession(token.sessionKey(), source);
        }
    }

    /** The same. */
    public void distrustSession(Fingerprint session, RevocationSource source) {
        inCharge().revocations.distrustSession(session, source);
    }

    /** The same for all sessions of the subject. Any thread. */
    public void distrustSubject(Fingerprint subject, RevocationSource source) {
        inCharge().revocations.distrustSubject(subject, source);
    }

    /**
     * Until when a cookie lasts that the client is to be given with the answer at hand, in milliseconds since the epoch, and counts as
     * given; -1 where it needs none: it was given one that lasts as long, or its session is not ours to prolong, has ended or is in
     * doubt. Any thread.
     */
    public long takeCookieUntilEpochMillis(VerifiedToken token) {
        return inCharge().use.takeCookieUntilEpochMillis(token);
    }

    /** Whether what is open on behalf of a token ends when the token does. */
    public boolean closesStreamsAtExpiry() {
        return successor().config.closeAtExpiry();
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
        return new RevocationBroadcast() {
            @Override
            public void sessionEnded(String sha256) {
                successor().fleet.sessionEnded(sha256);
            }

            @Override
            public void subjectEnded(String sha256) {
                successor().fleet.subjectEnded(sha256);
            }
        };
    }

    /** Before the gate is handed out. */
    void tellsFleetBy(RevocationBroadcast broadcast) {
        fleet = broadcast;
    }

    /** Before the gate is handed out. */
    void renewsBy(SessionUse.@Nullable RenewalSink sink) {
        use.renewsBy(sink);
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
            loop.tryExecute(dispatcher::probe);
        }
        return now;
    }

    /**
     * Stops checking: what waits is answered as stopping, connections are closed, memory goes on serving what it may.
     * Returns at once; all is done in the check loop's next turn. May be called again.
     */
    public void close() {
        closed = true;
        loop.tryExecute(() -> {
            companions.forEach(Runnable::run);
            revocations.close();
            dispatcher.close();
        });
    }

    // ---- a configuration that is loaded again

    /** Whether this gate can go on with other settings: no question to the database is another one, nor is it asked otherwise. */
    public boolean goesOnWith(SessionConfig next) {
        return Handover.goesOn(config, next);
    }

    /** Goes on with other settings from the next decision on. */
    public void adopt(SessionConfig next) {
        revocations.adopt(next.check());
        judge.adopt(next.check());
        if (next.cacheSize() != config.cacheSize()) {
            cache.limit(next.cacheSize());
        }
        config = next;
    }

    /**
     * Takes the place of another gate of the same realm: whoever was said to be out stays out, and what is said to the other from now
     * on is said here, too. What it found counts only where the same store is asked in the same way; else every session is one that
     * was never checked. Before any request comes here.
     */
    public void takeOver(SessionGate former) {
        former.heir = this;
        revocations.takeOver(former.revocations, Handover.sharesFindings(former.config, config));
    }

    /**
     * No new request comes here. Closed as soon as nobody has asked for {@code quiet}, and after {@code deadline} in any case; who
     * comes later is sent to who took this gate's place. Streams are not kept by a gate whose place nobody took.
     */
    public void retire(Duration quiet, Duration deadline) {
        abandoned = heir == null;
        long lastNanos = loop.nanoTime() + CheckPolicy.nanos(deadline);
        loop.tryExecute(() -> closeWhenQuiet(CheckPolicy.nanos(quiet), lastNanos));
    }

    private void closeWhenQuiet(long quietNanos, long lastNanos) {
        var unused = loop.schedule(quietNanos, () -> {
            if (dispatcher.isBusy() && loop.nanoTime() - lastNanos < 0) {
                closeWhenQuiet(quietNanos, lastNanos);
            } else {
                close();
                cache.clear();
            }
        });
    }

    /** Whether it was closed. */
    public boolean isClosed() {
        return closed;
    }

    /** Who took this gate's place, this one if nobody did. */
    private SessionGate successor() {
        SessionGate next = heir;
        if (next == null) {
            return this;
        }
        SessionGate last = next.successor();
        heir = last; // those between need not be remembered
        return last;
    }

    /** This gate while it is open. */
    private SessionGate inCharge() {
        return closed ? successor() : this;
    }

    /** As {@link SessionChecks#end}. */
    SessionFacts end(Fingerprint session, EndReason reason, long rememberUntilEpochMillis) {
        return checks.end(session, reason, rememberUntilEpochMillis);
    }

    /** As {@link SessionChecks#renewed}. */
    void renewed(List<VerifiedToken> tokens) {
        checks.renewed(tokens);
    }
}
