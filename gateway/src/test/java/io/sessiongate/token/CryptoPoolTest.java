package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.CryptoMeters;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CryptoPoolTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CryptoMeters meters = new CryptoMeters(registry);

    @Test
    void runsWorkOnNamedDaemonThreads() {
        var thread = new AtomicReference<Thread>();
        try (var pool = new CryptoPool(1, 1, meters)) {
            assertThat(pool.tryExecute(() -> thread.set(Thread.currentThread())))
                    .isTrue();
        }

        Thread ran = Objects.requireNonNull(thread.get());
        assertThat(ran.getName()).isEqualTo("sessiongate-crypto-1");
        assertThat(ran.isDaemon()).isTrue();
    }

    @Test
    void refusesWorkBeyondItsQueue() {
        var release = new CountDownLatch(1);
        try (var pool = new CryptoPool(1, 1, meters)) {
            pool.tryExecute(() -> waitFor(release));
            await().until(() -> pool.tryExecute(() -> {}));

            assertThat(pool.tryExecute(() -> {})).isFalse();
            assertThat(registry.get("sessiongate.crypto.queue.size").gauge().value())
                    .isEqualTo(1);
            assertThat(registry.get("sessiongate.crypto.queue.bound").gauge().value())
                    .isEqualTo(1);
            assertThat(registry.get("sessiongate.crypto.rejected").counter().count())
                    .isGreaterThanOrEqualTo(1);
            release.countDown();
        }
    }

    @Test
    void finishesWhatIsQueuedWhenItCloses() {
        var done = new CountDownLatch(2);
        var pool = new CryptoPool(1, 2, meters);
        pool.tryExecute(done::countDown);
        pool.tryExecute(done::countDown);

        pool.close();

        assertThat(done.getCount()).isZero();
    }

    @Test
    void refusesWorkOnceClosed() {
        var pool = new CryptoPool(meters);
        pool.close();

        assertThat(pool.tryExecute(() -> {})).isFalse();
    }

    @Test
    void workThatFailsCostsNoThread() {
        var done = new CountDownLatch(1);
        try (var pool = new CryptoPool(1, 2, meters)) {
            pool.tryExecute(() -> {
                throw new IllegalStateException("thrown by the test");
            });
            pool.tryExecute(done::countDown);
        }

        assertThat(done.getCount()).isZero();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
