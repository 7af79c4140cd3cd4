package io.sessiongate.identity;

import io.sessiongate.http.RequestHead;
import io.sessiongate.identity.AssertionSigner.Signed;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.session.Attributes;
import io.sessiongate.token.VerifiedToken;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The assertion of one token, in one state of its session's attributes, for one audience, signed by one request at a time for all that want it. Shared by all event
 * loops, without locks:
 *
 * <pre>
 * usable ──────────────────────────────► header, go on
 * not, nobody signs ── push, as first ──► sign ──► publish, take all waiters, each on its own loop
 * not, somebody signs ── push ──► wait
 * </pre>
 *
 * The stack of waiters is empty exactly when nobody signs. Whoever comes between publishing and taking is taken along;
 * whoever comes after finds the new assertion. Waiters are requests in flight, and bounded as these are.
 */
final class AssertionSlot {

    private final AssertionSigner signer;
    private final Attributes attributes;
    private final Offload offload;
    private final IdentityMeters meters;
    private final AtomicReference<@Nullable Waiter> waiters = new AtomicReference<>();
    private volatile @Nullable Signed current;

    AssertionSlot(AssertionSigner signer, Attributes attributes, Offload offload, IdentityMeters meters) {
        this.signer = signer;
        this.attributes = attributes;
        this.offload = offload;
        this.meters = meters;
    }

    /** Writes the header, then runs {@code then}: here and now where nothing needs waiting for, else on the loop. */
    void write(
            RequestHead head,
            VerifiedToken token,
            String audience,
            long checkedAtEpochMillis,
            Executor loop,
            Runnable then) {
        Signed known = current;
        if (known != null && signer.usable(known)) {
            meters.reused();
            head.set(known.field());
            then.run();
            return;
        }
        var waiter = new Waiter(head, loop, then);
        if (!push(waiter)) {
            return;
        }
        if (!signer.slow()) {
            signForAll(token, audience, checkedAtEpochMillis, waiter);
        } else if (!offload.tryExecute(() -> signForAll(token, audience, checkedAtEpochMillis, null))) {
            // A signature holds the loop for a millisecond or so; losing the request, or sending it without the
            // assertion the application needs, would be worse.
            meters.signedInline();
            signForAll(token, audience, checkedAtEpochMillis, waiter);
        }
    }

    /** Whether the waiter is the first, and so has to sign. */
    private boolean push(Waiter waiter) {
        Waiter top;
        do {
            top = waiters.get();
            waiter.next = top;
        } while (!waiters.compareAndSet(top, waiter));
        return top == null;
    }

    /** Signs and lets all go on; {@code mine} is the one whose loop this is, if any. */
    private void signForAll(VerifiedToken token, String audience, long checkedAtEpochMillis, @Nullable Waiter mine) {
        Signed signed = current;
        try {
            if (!signer.usable(signed)) {
                signed = null;
                signed = signer.sign(token, attributes, audience, checkedAtEpochMillis);
                current = signed;
            }
        } finally {
            // Even behind an Error, such as memory running out: who is left in the stack would wait for ever, and
            // all who come later as well.
            letGo(signed, mine);
        }
        // Last: should what follows fail, the others are on their way.
        if (mine != null) {
            mine.run();
        }
    }

    /** Takes all waiters and sends them on their way, but for {@code mine}. */
    private void letGo(@Nullable Signed signed, @Nullable Waiter mine) {
        for (Waiter waiter = waiters.getAndSet(null); waiter != null; ) {
            // Read before it is let go: its request may be over by the time it returns.
            Waiter next = waiter.next;
            waiter.signed = signed;
            if (waiter != mine) {
                dispatch(waiter);
            }
            waiter = next;
        }
    }

    private static void dispatch(Waiter waiter) {
        try {
            waiter.loop.execute(waiter);
        } catch (RejectedExecutionException e) {
            // Its loop has stopped, and its connection with it; the others must go on.
        }
    }

    /** A request that waits. Written before it is published and by whoever signs before its loop runs it. */
    private static final class Waiter implements Runnable {

        private final RequestHead head;
        private final Executor loop;
        private final Runnable then;
        private @Nullable Waiter next;
        private @Nullable Signed signed;

        Waiter(RequestHead head, Executor loop, Runnable then) {
            this.head = head;
            this.loop = loop;
            this.then = then;
        }

        @Override
        public void run() {
            if (signed != null) {
                head.set(signed.field());
            }
            then.run();
        }
    }
}
