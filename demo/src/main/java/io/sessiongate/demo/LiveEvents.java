package io.sessiongate.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Event streams with the statistics of each second; thread-safe. Each holds a thread of the server, so there are 100 of them at
 * most (503 beyond), and each ends after five minutes: a browser comes back, and is validated anew.
 */
final class LiveEvents {

    private static final int MAX_STREAMS = 100;
    private static final int EVENTS = 300;

    private final Statistics statistics;
    private final Semaphore places = new Semaphore(MAX_STREAMS);
    private final CountDownLatch stopped = new CountDownLatch(1);

    LiveEvents(Statistics statistics) {
        this.statistics = statistics;
    }

    /** Streams until it is over, the client has gone, or {@link #stop}. */
    void stream(WebExchange exchange) throws IOException {
        if (!places.tryAcquire()) {
            exchange.problem(503, "Service Unavailable", "Too many pages are watching.");
            return;
        }
        try (OutputStream out = exchange.eventStream()) {
            for (int i = 0; i < EVENTS; i++) {
                out.write("data: ".getBytes(StandardCharsets.UTF_8));
                out.write(Json.bytes(statistics.snapshot()));
                out.write("\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                if (stopped.await(1, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    /** Ends them all. */
    void stop() {
        stopped.countDown();
    }
}
