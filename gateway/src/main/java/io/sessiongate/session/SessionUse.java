package io.sessiongate.session;

import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.session.Hearsay.Word;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the use of a session that is good: that it is written down, that the session is prolonged, and that the
 * client gets a cookie which lasts as long. Owns where the first two are wanted; who of many requests wants them is agreed on
 * by marks in the {@linkplain SessionFacts facts}. Any thread but where it says otherwise; the sinks are told on the check loop.
 */
final class SessionUse {

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

    private final SessionCache cache;
    private final Revocations revocations;
    private final CheckLoop loop;
    private final InstantSource clock;
    private final @Nullable TouchSink touches;
    private final long touchEveryNanos;
    private final boolean renews;
    private final long renewWithinNanos;
    private @Nullable RenewalSink renewals;

    SessionUse(
            SessionConfig config,
            @Nullable TouchSink touches,
            SessionCache cache,
            Revocations revocations,
            CheckLoop loop,
            InstantSource clock) {
        this.cache = cache;
        this.revocations = revocations;
        this.loop = loop;
        this.clock = clock;
        this.touches = touches;
        this.touchEveryNanos =
                config.touch() == null ? 0 : CheckPolicy.nanos(config.touch().every());
        RenewConfig renew = config.renew();
        this.renews = renew != null;
        this.renewWithinNanos = renew == null ? 0 : CheckPolicy.nanos(renew.dueWithin());
    }

    /** Before the gate is handed out. */
    void renewsBy(@Nullable RenewalSink sink) {
        renewals = sink;
    }

    /** A request is served from memory. */
    void served(SessionFacts facts, VerifiedToken token, SessionVerdict verdict) {
        if (touches != null && verdict instanceof Live && facts.startTouch(loop.nanoTime(), touchEveryNanos)) {
            loop.tryExecute(() -> touches.used(token.sessionId()));
        }
        RenewalSink sink = renewals;
        if (sink != null && verdict instanceof Live && isRenewalDue(facts)) {
            loop.tryExecute(() -> sink.wanted(token));
        }
    }

    /** A request is served from what was found for it. On the check loop. */
    void checked(SessionFacts facts, VerifiedToken token, SessionVerdict verdict, long nowNanos) {
        if (touches != null && verdict instanceof Live && facts.startTouch(nowNanos, touchEveryNanos)) {
            touches.used(token.sessionId());
        }
        if (renewals != null && verdict instanceof Live && isRenewalDue(facts)) {
            renewals.wanted(token);
        }
    }

    private boolean isRenewalDue(SessionFacts facts) {
        RenewalMark mark = facts.renewal();
        long now = loop.nanoTime();
        return mark != null && facts.untilNanos() - now <= renewWithinNanos && mark.startRenewal(now);
    }

    /** What goes with a finding of a session of which that was known before; null where it is not ours to prolong. */
    @Nullable RenewalMark markAfter(SessionFacts before, long nowNanos) {
        return renews && before.renewal() == null ? new RenewalMark(nowNanos) : before.renewal();
    }

    /** As {@link SessionGate#takeCookieUntilEpochMillis}. */
    long takeCookieUntilEpochMillis(VerifiedToken token) {
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
}
