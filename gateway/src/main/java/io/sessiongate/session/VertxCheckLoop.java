package io.sessiongate.session;

import io.sessiongate.http.Transport;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The check loop of a gateway: one Vertx with one event loop, thread {@value #THREAD}, shared by all realms (a few thousand
 * queries a second leave it mostly idle). Its other threads are Vert.x's: a daemon that watches for a blocked loop, and
 * short-lived ones that read certificate files. Once closed it refuses tasks.
 */
final class VertxCheckLoop implements CheckLoop {

    static final String THREAD = "sessiongate-checks";

    private static final Logger LOG = LoggerFactory.getLogger(VertxCheckLoop.class);

    private final VertxSockets sockets = new VertxSockets();
    private final Vertx vertx;
    private final Context context;
    private volatile boolean closed;

    private VertxCheckLoop() {
        vertx = Vertx.builder()
                .with(new VertxOptions()
                        .setEventLoopPoolSize(1)
                        .setWorkerPoolSize(1)
                        .setInternalBlockingPoolSize(1))
                .withTransport(sockets)
                .build();
        context = vertx.getOrCreateContext();
        context.exceptionHandler(fault ->
                LOG.atError().setMessage("A check failed").setCause(fault).log());
    }

    /** Starts the loop; a quarter of a second, most of it class loading. */
    static VertxCheckLoop start() {
        Transport.beforeNetty();
        return new VertxCheckLoop();
    }

    Vertx vertx() {
        return vertx;
    }

    VertxSockets sockets() {
        return sockets;
    }

    @Override
    public void execute(Runnable task) {
        if (closed) {
            throw new RejectedExecutionException("the check loop is closed");
        }
        later(task);
    }

    /** As {@link #execute}, but also while the loop is closing: for what closing itself brings about. */
    void later(Runnable task) {
        context.runOnContext(turn -> task.run());
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    /** In whole milliseconds, rounded up. Must be called on the loop. */
    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(delayNanos + 999_999));
        long timer = vertx.setTimer(millis, fired -> task.run());
        return () -> vertx.cancelTimer(timer);
    }

    /** Closes every socket and ends the threads soon; may be called on the loop, and again. */
    Future<Void> close() {
        if (!closed) {
            later(sockets::closeAll);
            closed = true;
        }
        return vertx.close().toCompletionStage().toCompletableFuture();
    }

    /**
     * Closes every socket, ends the threads, and waits for that. Must not be called on the loop; may be called again.
     *
     * @param limit longest wait
     */
    void close(Duration limit) {
        Future<Void> ended = close();
        try {
            ended.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.atWarn().setMessage("The check loop did not end").setCause(e).log();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
