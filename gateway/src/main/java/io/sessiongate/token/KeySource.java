package io.sessiongate.token;

import io.sessiongate.metrics.KeyMeters;
import io.sessiongate.token.KeyLoader.Loaded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One place that keys are read from, again and again. Its state belongs to the owner thread of {@link KeyThreads}; others
 * see it as a whole through a volatile field.
 *
 * <pre>
 *   empty ──read──► known ──read, other keys──► known
 *                     │  ▲
 *          cannot be read │  └── read again
 *                     ▼  │
 *                    stale ──after keep-for──► empty
 * </pre>
 *
 * <p>What cannot be read or understood changes nothing until {@code keep-for} is over. A set that can be read is the
 * issuer's word: a key that is not in it any more is not used from then on, though it were the last one.
 *
 * <p>Bounds: one reading under way; {@link #MAX_WAITING} requests that wait for it, and the next is answered as
 * unavailable; a token has it read at most every 30 s.
 */
final class KeySource {

    static final int MAX_WAITING = 1024;

    /** What a source is called and for which tokens it is. */
    record Identity(
            String name,
            String location,
            boolean set,
            Set<String> algorithms,
            @Nullable String issuer) {

        /** Whether it may hold a key for the algorithm. */
        boolean covers(String algorithm) {
            return set && !algorithm.startsWith("HS") && (algorithms.isEmpty() || algorithms.contains(algorithm));
        }
    }

    /**
     * What others see.
     *
     * @param failure why it could not be read the last time, or null where it could
     * @param readNanos when it was last read with success; no time while there are no keys and never were
     * @param reading until what was read is in use everywhere: who sees false sees that, too
     * @param begunNanos when the last reading began
     */
    private record State(
            List<VerificationKey> keys,
            int skipped,
            boolean everRead,
            long readNanos,
            @Nullable String failure,
            boolean reading,
            long begunNanos) {

        State withFailure(String why) {
            return new State(keys, skipped, everRead, readNanos, why, reading, begunNanos);
        }

        State withReading(boolean now, long begun) {
            return new State(keys, skipped, everRead, readNanos, failure, now, begun);
        }
    }

    private final Identity identity;
    private final KeyLoader loader;
    private final RefreshRhythm rhythm;
    private final @Nullable Duration keepFor;
    private final KeyThreads threads;
    private final LongSupplier nanoTime;
    private final KeyMeters meters;
    private final Runnable changed;
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Runnable> waiters = new ArrayList<>();
    private volatile State state;
    private final KeySourceLog log;
    private int failures;
    private int plans;
    private boolean closed;

    /**
     * A source that has not been read yet.
     *
     * @param keepFor how long its keys outlive its silence; null for ever
     * @param known keys to begin with
     * @param changed told, on the owner thread, when the keys have changed
     */
    KeySource(
            Identity identity,
            KeyLoader loader,
            RefreshRhythm rhythm,
            @Nullable Duration keepFor,
            List<VerificationKey> known,
            KeyThreads threads,
            LongSupplier nanoTime,
            KeyMeters meters,
            Runnable changed) {
        this.identity = identity;
        this.log = new KeySourceLog(identity);
        this.loader = loader;
        this.rhythm = rhythm;
        this.keepFor = keepFor;
        this.threads = threads;
        this.nanoTime = nanoTime;
        this.meters = meters;
        this.changed = changed;
        long now = nanoTime.getAsLong();
        // As if it had been read long ago, so that the first token need not wait to ask.
        long longAgo = now - rhythm.atMostEvery().toNanos();
        this.state = new State(
                List.copyOf(known), 0, !known.isEmpty(), now, known.isEmpty() ? "not read yet" : null, false, longAgo);
        show();
    }

    /** Has the meters tell of this source rather than of another of the same name. */
    void show() {
        meters.watch(() -> state.keys().size(), () -> state.skipped(), this::ageNanos, waiting::get, MAX_WAITING);
    }

    /** Knows what another knew that reads the same place, and since when. Before the first reading. */
    void takeOver(KeySource former) {
        State theirs = former.state;
        if (theirs.everRead()) {
            state = theirs.withReading(false, state.begunNanos());
        }
    }

    /** Reads no more; who waits is answered by what is known. For any thread. */
    void close() {
        threads.owner().execute(() -> {
            closed = true;
            plans++;
            answerWaiters();
        });
    }

    Identity identity() {
        return identity;
    }

    /** The keys it has now. For any thread. */
    List<VerificationKey> keys() {
        return state.keys();
    }

    /** Why it could not be read the last time, or null where it could. For any thread. */
    @Nullable String failure() {
        return state.failure();
    }

    /**
     * Whether a key that is not among its keys does not exist. Else nobody can say: it has none, or could not be read the
     * last time and may have new ones. For any thread.
     */
    boolean isCertain() {
        State seen = state;
        return !seen.keys().isEmpty() && seen.failure() == null;
    }

    /** How asking went. */
    enum Asked {
        /** The caller is told when there is an answer. */
        WAITS,
        /** It was asked just before: what is known now has to do. */
        LIMITED,
        /** Too many wait. */
        FULL
    }

    /** Reads it as soon as may be and then runs {@code then}, on the owner thread. For any thread. */
    Asked ask(Runnable then) {
        State seen = state;
        if (!seen.reading() && !rhythm.maySoon(nanoTime.getAsLong() - seen.begunNanos())) {
            meters.limited();
            return Asked.LIMITED;
        }
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            meters.full();
            return Asked.FULL;
        }
        meters.asked();
        threads.owner().execute(() -> wait(then));
        return Asked.WAITS;
    }

    /** On the owner thread. It may have been read while the request was on its way here: then it has its answer. */
    private void wait(Runnable then) {
        waiters.add(then);
        if (closed) {
            answerWaiters();
        } else if (!state.reading()) {
            if (rhythm.maySoon(nanoTime.getAsLong() - state.begunNanos())) {
                read();
            } else {
                answerWaiters();
            }
        }
    }

    /** Reads it for the first time, or again though it is not due, and goes on. For any thread. */
    void start() {
        threads.owner().execute(() -> {
            if (!closed && !state.reading()) {
                read();
            }
        });
    }

    private void read() {
        plans++; // whatever was planned is made up for
        state = state.withReading(true, nanoTime.getAsLong());
        CompletableFuture<Loaded> reading;
        try {
            reading = loader.load();
        } catch (RuntimeException e) {
            reading = CompletableFuture.failedFuture(e);
        }
        // Discovery is two readings of one deadline each: those who wait do not wait for both.
        var unused = reading.copy()
                .orTimeout(KeyFetcher.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((loaded, fault) -> threads.owner().execute(() -> end(loaded, fault)));
    }

    private void end(@Nullable Loaded loaded, @Nullable Throwable fault) {
        if (closed) {
            return;
        }
        State before = state;
        boolean other;
        if (loaded == null) {
            other = failed(KeySourceLog.sentence(fault));
        } else {
            other = succeeded(loaded);
        }
        if (other) {
            takeOver(before);
        }
        state = state.withReading(false, state.begunNanos());
        int plan = ++plans;
        threads.later(rhythm.next(failures, ThreadLocalRandom.current().nextDouble()), () -> {
            if (plan == plans && !state.reading()) {
                read();
            }
        });
        answerWaiters();
    }

    /** A bug there must not stop the readings, nor make keys known here that are in use nowhere. */
    private void takeOver(State before) {
        try {
            changed.run();
        } catch (RuntimeException e) {
            state = before.withFailure("its keys cannot be used");
            failures++;
            log.notTakenOver(e);
        }
    }

    /** Whether the keys are others now. */
    private boolean succeeded(Loaded loaded) {
        State before = state;
        boolean other = !loaded.keys().equals(before.keys());
        String failure = loaded.keys().isEmpty() ? "it holds no key that can be used" : null;
        failures = failure == null ? 0 : failures + 1;
        long now = nanoTime.getAsLong();
        state = new State(loaded.keys(), loaded.skipped(), true, now, failure, true, before.begunNanos());
        if (failure != null) {
            meters.failed();
            log.empty(loaded, failure);
        } else if (other || before.failure() != null) {
            if (other) {
                meters.changed();
            } else {
                meters.unchanged();
            }
            log.read(loaded, other);
        } else {
            meters.unchanged();
        }
        return other;
    }

    /** Whether the keys are others now: they were kept long enough. */
    private boolean failed(String failure) {
        State before = state;
        failures++;
        meters.failed();
        Duration limit = keepFor;
        boolean over = limit != null
                && !before.keys().isEmpty()
                && nanoTime.getAsLong() - before.readNanos() >= limit.toNanos();
        state = new State(
                over ? List.of() : before.keys(),
                before.skipped(),
                before.everRead(),
                before.readNanos(),
                failure,
                true,
                before.begunNanos());
        if (over) {
            log.tooOld(failure);
        } else {
            log.unreadable(failure, !before.keys().isEmpty());
        }
        return over;
    }

    private void answerWaiters() {
        List<Runnable> all = List.copyOf(waiters);
        waiters.clear();
        for (Runnable waiter : all) {
            waiting.decrementAndGet();
            waiter.run();
        }
    }

    private long ageNanos() {
        State seen = state;
        return seen.everRead() ? nanoTime.getAsLong() - seen.readNanos() : -1;
    }

    /** Nothing of the keys: this may reach a log. */
    @Override
    public String toString() {
        return "KeySource " + identity.name();
    }
}
