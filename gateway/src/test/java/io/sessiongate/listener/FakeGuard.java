package io.sessiongate.listener;

import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.FaultKind;
import io.sessiongate.token.Fingerprint;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session whose state the test decides. */
final class FakeGuard implements StreamGuard {

    final AtomicInteger rechecks = new AtomicInteger();
    volatile @Nullable FaultKind fault;
    volatile long closeAt = Long.MAX_VALUE;

    private final Queue<Consumer<@Nullable FaultKind>> held = new ConcurrentLinkedQueue<>();

    /** Whether answers are held back. */
    volatile boolean hold;

    volatile boolean broken;
    private final String realm;
    private final String session;
    private final String subject;

    FakeGuard(String realm, String session, String subject) {
        this.realm = realm;
        this.session = session;
        this.subject = subject;
    }

    @Override
    public String realm() {
        return realm;
    }

    @Override
    public Fingerprint session() {
        return Fingerprint.of(session);
    }

    @Override
    public Fingerprint subject() {
        return Fingerprint.of(subject);
    }

    @Override
    public long closeAtEpochMillis() {
        return closeAt;
    }

    /** Gives the oldest answer that was held back. */
    void answer(@Nullable FaultKind verdict) {
        held.remove().accept(verdict);
    }

    @Override
    public void recheck(Executor loop, Consumer<@Nullable FaultKind> then) {
        rechecks.incrementAndGet();
        if (broken) {
            throw new IllegalStateException("as the test wants it");
        }
        if (hold) {
            held.add(then);
        } else {
            then.accept(fault);
        }
    }
}
