package io.sessiongate.token;

import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.token.TokenVerdict.Valid;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Verifications on the crypto threads: requests with the same unknown token in the same place share one, and each gets the
 * verdict on its own loop. For any thread, without locks of its own.
 *
 * <p>Bounds: as many different tokens as the pool's queue takes, {@value #MAX_WAITING} requests in all; beyond either,
 * and after {@link #MAX_QUEUED} in the queue, the answer is {@code Unavailable}.
 *
 * <p>A {@link Flight} goes one way, {@code open -> landed}. Whoever finds it landed takes its verdict; whoever joins
 * before that is told by the one who lands it. It leaves the map before it lands, so that no flight is found for ever.
 */
final class SlowVerifications {

    static final int MAX_WAITING = 8192;

    private static final Duration MAX_QUEUED = Duration.ofSeconds(5);

    private final CryptoPool pool;
    private final TokenCache cache;
    private final LongSupplier nanoTime;
    private final TokenMeters.Realm meters;
    // By String, whose full hash and order keep look-ups short when a stranger aims for collisions.
    private final ConcurrentHashMap<String, Flight> flights = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();

    SlowVerifications(CryptoPool pool, TokenCache cache, LongSupplier nanoTime, TokenMeters.Realm meters) {
        this.pool = pool;
        this.cache = cache;
        this.nanoTime = nanoTime;
        this.meters = meters;
    }

    /** Requests that wait for a verdict. */
    int waiting() {
        return waiting.get();
    }

    /** Tells the verdict later on {@code loop}, or before it returns where it is known already. */
    void verify(TokenText token, TokenVerifier.Verification work, Executor loop, TokenAsker then) {
        Flight mine = new Flight(token, work, nanoTime.getAsLong());
        Flight running = flights.putIfAbsent(mine.name, mine);
        Flight flight = running == null ? mine : running;
        if (running == null) {
            // The flight before this one may have landed between the look into the cache and now.
            Valid known = cache.get(token);
            if (known != null) {
                mine.land(known);
            } else if (!pool.tryExecute(mine)) {
                mine.land(Verdicts.UNAVAILABLE);
            }
        }
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            then.onToken(Verdicts.UNAVAILABLE);
        } else if (!flight.join(loop, then)) {
            waiting.decrementAndGet();
            then.onToken(flight.verdict);
        }
    }

    /** One request that waits; a link in a stack. */
    private static final class Waiter {

        private final Executor loop;
        private final TokenAsker then;
        private final @Nullable Waiter next;

        Waiter(Executor loop, TokenAsker then, @Nullable Waiter next) {
            this.loop = loop;
            this.then = then;
            this.next = next;
        }
    }

    /** One verification for all who wait for it. */
    private final class Flight implements Runnable {

        private static final Waiter LANDED = new Waiter(Runnable::run, verdict -> {}, null);

        private final TokenText token;
        private final String name;
        private final TokenVerifier.Verification work;
        private final long queuedNanos;
        private final AtomicReference<@Nullable Waiter> waiters = new AtomicReference<>();
        // Written before the stack is closed, read after it is seen closed.
        private TokenVerdict verdict = Verdicts.UNAVAILABLE;

        Flight(TokenText token, TokenVerifier.Verification work, long queuedNanos) {
            this.token = token;
            // With the cookie, as an encrypted token that is good in one may be none in another.
            this.name = token.cookie() == null ? token.text() : token.cookie() + '=' + token.text();
            this.work = work;
            this.queuedNanos = queuedNanos;
        }

        /** False where the verdict is there already. */
        boolean join(Executor loop, TokenAsker then) {
            while (true) {
                Waiter top = waiters.get();
                if (top == LANDED) {
                    return false;
                }
                if (waiters.compareAndSet(top, new Waiter(loop, then, top))) {
                    return true;
                }
            }
        }

        @Override
        public void run() {
            TokenVerdict result = Verdicts.UNAVAILABLE;
            try {
                long begin = nanoTime.getAsLong();
                if (begin - queuedNanos < MAX_QUEUED.toNanos()) {
                    result = work.run();
                    meters.verifiedOnPool(nanoTime.getAsLong() - begin);
                }
                if (result instanceof Valid valid) {
                    cache.put(token, valid, work.provedBy());
                }
            } finally {
                land(result);
            }
        }

        private void land(TokenVerdict result) {
            flights.remove(name, this);
            verdict = result;
            for (Waiter w = waiters.getAndSet(LANDED); w != null; w = w.next) {
                waiting.decrementAndGet();
                tell(w, result);
            }
        }

        private void tell(Waiter waiter, TokenVerdict result) {
            try {
                waiter.loop.execute(() -> waiter.then.onToken(result));
            } catch (RejectedExecutionException e) {
                // The loop has ended and its connections with it: there is nobody left to tell.
            }
        }
    }
}
