package io.sessiongate.token;

import io.sessiongate.metrics.CryptoMeters;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few threads for signatures that would hold up an event loop (RSA and elliptic curves: 40 µs to 6 ms), both checked and
 * made, and for large tokens ({@link EncryptedToken#isSlowToOpenWith}, {@link UnverifiedToken#isSlowToVerifyWith}). The queue
 * is bounded; what does not fit is refused at once, so that a flood of unknown tokens costs no more than these threads. Any
 * thread may hand work in; the hand-over takes the queue's lock for an instant and never waits for work to finish.
 */
public final class CryptoPool implements AutoCloseable {

    static final int QUEUE_BOUND = 1024;

    private static final long CLOSE_SECONDS = 5;

    private final ThreadPoolExecutor threads;
    private final CryptoMeters meters;

    /** A pool with half as many threads as there are processors, so that event loops keep the other half. */
    public CryptoPool(CryptoMeters meters) {
        this(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), QUEUE_BOUND, meters);
    }

    /**
     * A pool of a given size.
     *
     * @param queueBound tasks that may wait; the next is refused
     */
    public CryptoPool(int threads, int queueBound, CryptoMeters meters) {
        this.threads = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queueBound), new CryptoThreads());
        this.meters = meters;
        meters.watchQueue(this.threads.getQueue()::size, queueBound);
    }

    /**
     * Runs the task on one of the threads, now or when those before it are done.
     *
     * @return false where the queue is full or the pool is closed: the task will not run
     */
    public boolean tryExecute(Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            meters.rejected();
            return false;
        }
    }

    /** Takes no more work and waits for what is queued, at most 5 s; what is left then is dropped. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private static final class CryptoThreads implements ThreadFactory {

        private final AtomicInteger number = new AtomicInteger();

        @Override
        public Thread newThread(Runnable work) {
            var thread = new Thread(work, "sessiongate-crypto-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        }
    }
}
