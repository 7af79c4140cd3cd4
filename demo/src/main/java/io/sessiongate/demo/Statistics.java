package io.sessiongate.demo;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the page shows, gathered once a second on threads of its own and answered from memory, so that session queries
 * are the only ones that grow with the requests. {@link #answered} may be called from any thread.
 */
final class Statistics implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Statistics.class);

    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3, work -> {
        var thread = new Thread(work, "statistics");
        thread.setDaemon(true);
        return thread;
    });

    private volatile SessionStore.Counts counts = new SessionStore.Counts(0, 0, 0);
    private volatile double perSecond;
    private volatile GatewayMetrics.@Nullable SessionQueries gateway;
    private final Supplier<Database.PoolUse> pool;
    private final SessionStore sessions;

    /** Reads of one second apart; {@code metrics} is null when there is no gateway to ask. */
    Statistics(SessionStore sessions, Supplier<Database.PoolUse> pool, @Nullable GatewayMetrics metrics) {
        this.pool = pool;
        this.sessions = sessions;
        everySecond(this::count);
        everySecond(new Rate());
        if (metrics != null) {
            everySecond(() -> ask(metrics));
        }
    }

    private void everySecond(Runnable work) {
        // A task that throws is never run again, and nobody is told.
        var unused = threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        LOG.warn("statistics were not gathered", e);
                    }
                },
                0,
                1,
                TimeUnit.SECONDS);
    }

    /** Numbers for the page; {@code sessionQueries} are the gateway's where there is one, else our own. */
    record Snapshot(
            String at,
            long users,
            long liveSessions,
            long revokedSessions,
            long requestsAnswered,
            long requestsFailed,
            double requestsPerSecond,
            Database.PoolUse pool,
            GatewayMetrics.SessionQueries sessionQueries) {}

    Snapshot snapshot() {
        GatewayMetrics.SessionQueries queries = gateway;
        return new Snapshot(
                Instant.now().toString(),
                counts.users(),
                counts.live(),
                counts.revoked(),
                answered.sum(),
                failed.sum(),
                Math.round(perSecond * 10) / 10.0,
                pool.get(),
                queries != null ? queries : new GatewayMetrics.SessionQueries(sessions.queries(), 0));
    }

    /** A request was answered. */
    void answered() {
        answered.increment();
    }

    /** A request was answered with 500. */
    void failed() {
        failed.increment();
    }

    private void count() {
        try {
            counts = sessions.count();
        } catch (SQLException e) {
            // The pool is dry or the database away: the numbers stay as they were until the next second.
        }
    }

    private void ask(GatewayMetrics metrics) {
        try {
            gateway = metrics.read();
        } catch (IOException e) {
            // Not up yet, or stopping.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Confined to the scheduler: its runs follow one another. */
    private final class Rate implements Runnable {
        private long before;
        private long beforeNanos = System.nanoTime();

        @Override
        public void run() {
            long now = answered.sum();
            long nowNanos = System.nanoTime();
            double seconds =
                    (nowNanos - beforeNanos) / (double) Duration.ofSeconds(1).toNanos();
            perSecond = seconds < 0.1 ? 0 : (now - before) / seconds;
            before = now;
            beforeNanos = nowNanos;
        }
    }

    /** Waits a moment for a query under way, so that it does not lose its pool. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
