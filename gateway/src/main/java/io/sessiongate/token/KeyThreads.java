package io.sessiongate.token;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that look after keys, one set for all realms: one that owns the state of all {@link KeySource}s and never
 * waits, and up to {@value #HANDS} that read files and wait for networks, gone when there is nothing to do. None is
 * started before the first source.
 *
 * <p>Bounds: a source has one reading under way, so that there are never more tasks than sources and those who wait for
 * them ({@link KeySource#MAX_WAITING}).
 */
public final class KeyThreads implements AutoCloseable {

    static final int HANDS = 2;

    private static final int QUEUE_BOUND = 4096;
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final ScheduledThreadPoolExecutor owner;
    private final ThreadPoolExecutor hands;
    private final Map<String, KeyFetcher> fetchers = new ConcurrentHashMap<>();

    public KeyThreads() {
        this.owner = new ScheduledThreadPoolExecutor(1, named("sessiongate-keys"));
        owner.setRemoveOnCancelPolicy(true);
        owner.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.hands = new ThreadPoolExecutor(
                HANDS,
                HANDS,
                IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE_BOUND),
                named("sessiongate-keys-io"));
        hands.allowCoreThreadTimeOut(true);
    }

    /** The thread that owns the sources. After {@link #close} it drops what it is given. */
    Executor owner() {
        return task -> {
            try {
                owner.execute(task);
            } catch (RejectedExecutionException e) {
                // The gateway stops: nobody is left who waits for keys.
            }
        };
    }

    /** Has the owner run something later. */
    void later(Duration delay, Runnable task) {
        try {
            var unused = owner.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // As above.
        }
    }

    /** Reads from the network, believing these authorities (PEM), or the system's where the text is empty. */
    KeyFetcher fetcher(String authorities) {
        return fetchers.computeIfAbsent(authorities, pem -> KeyFetcher.trusting(pem, hands));
    }

    /** Reads a file of at most that many bytes; the failure has a sentence. */
    CompletableFuture<byte[]> file(Path path, int maxBytes) {
        return CompletableFuture.supplyAsync(() -> read(path, maxBytes), hands)
                .orTimeout(KeyFetcher.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Blocks its caller. */
    static byte[] read(Path path, int maxBytes) {
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("there is no such file");
        }
        byte[] content;
        try (InputStream in = Files.newInputStream(path)) {
            content = in.readNBytes(maxBytes + 1);
        } catch (IOException e) {
            throw new IllegalArgumentException("the file cannot be read", e);
        }
        if (content.length > maxBytes) {
            throw new IllegalArgumentException("it is larger than " + maxBytes / 1024 + " KiB");
        }
        return content;
    }

    /** Drops what is planned; who waits for keys is not told. */
    @Override
    public void close() {
        owner.shutdownNow();
        hands.shutdownNow();
    }

    private static ThreadFactory named(String name) {
        var number = new AtomicInteger();
        return work -> {
            int n = number.incrementAndGet();
            var thread = new Thread(work, n == 1 && name.endsWith("keys") ? name : name + "-" + n);
            thread.setDaemon(true);
            return thread;
        };
    }
}
