package io.sessiongate.session;

import io.sessiongate.token.VerifiedToken;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The {@linkplain CheckBreaker breaker} at work: tells it what became of queries, and sends its probes out when it is time to.
 * Owns the breaker, its timer, the one probe that may be wanted or under way, and the token that the next one asks about.
 * Confined to the check loop.
 */
final class CheckCircuit {

    private final CheckLoop loop;
    private final CheckBreaker breaker;
    private final Consumer<Check> sender;
    private final Wakeup probing;
    /** The breaker's probe while it is wanted or under way. */
    private @Nullable Check probe;

    /** Which session the next probe asks about: one of the last batch that failed. */
    private @Nullable VerifiedToken suspect;

    private boolean closed;

    /** {@code sender} has a probe asked; it may be {@linkplain #failed over} before that returns. */
    CheckCircuit(CheckLoop loop, CheckBreaker breaker, Consumer<Check> sender) {
        this.loop = loop;
        this.breaker = breaker;
        this.sender = sender;
        this.probing = new Wakeup(loop, this::sendProbe);
    }

    /** Whether nobody waits for checks. */
    boolean isOpen() {
        return breaker.isOpen();
    }

    /** Sends the breaker's probe out, or comes back when it is time to; nobody waits for its answer. */
    private void sendProbe() {
        VerifiedToken token = suspect;
        long now = loop.nanoTime();
        if (closed || token == null) {
            return;
        }
        if (breaker.startProbe(now)) {
            Check sent = new Check(token, now, 0);
            sent.rememberUntil(token.expiresAtEpochMillis());
            probe = sent;
            sender.accept(sent);
        }
        probing.in(breaker.nanosToProbe(now));
    }

    /** A batch was answered. */
    void answered() {
        breaker.answered();
        suspect = null;
    }

    /**
     * A batch failed.
     *
     * @param one of its checks
     * @return whether this opened it
     */
    boolean batchFailed(Check one) {
        suspect = one.asker();
        boolean opened = breaker.failed(loop.nanoTime());
        probing.in(breaker.nanosToProbe(loop.nanoTime()));
        return opened;
    }

    /** A connection hung; true where this opened it: a new connection would most likely hang as well. */
    boolean hung() {
        long now = loop.nanoTime();
        if (suspect != null && breaker.open(now)) {
            probing.in(breaker.nanosToProbe(now));
            return true;
        }
        return false;
    }

    /** A check failed, or could not be sent out; means something only of the probe. */
    void failed(Check check) {
        if (check == probe) {
            probe = null;
            breaker.probeFailed(loop.nanoTime());
            probing.in(breaker.nanosToProbe(loop.nanoTime()));
        }
    }

    /** Sends no probe any more. May be called again. */
    void close() {
        closed = true;
        probing.cancel();
    }
}
