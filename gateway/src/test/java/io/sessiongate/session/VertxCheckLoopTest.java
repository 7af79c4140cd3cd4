package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VertxCheckLoopTest {

    private final VertxCheckLoop loop = VertxCheckLoop.start();

    @AfterEach
    void close() {
        loop.close(Duration.ofSeconds(5));
    }

    private static <T> T join(CompletableFuture<T> result) {
        return result.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void runsTasksOnItsOneNamedThreadInOrder() {
        CompletableFuture<String> name = new CompletableFuture<>();
        List<String> order = new CopyOnWriteArrayList<>();

        loop.execute(() -> order.add("a"));
        loop.execute(() -> order.add("b"));
        loop.execute(() -> name.complete(Thread.currentThread().getName()));

        assertThat(join(name)).isEqualTo("sessiongate-checks");
        assertThat(order).containsExactly("a", "b");
    }

    @Test
    void runsAScheduledTaskNotBeforeItsTime() {
        CompletableFuture<Long> ran = new CompletableFuture<>();
        long delayNanos = 20_500_000;
        long begun = loop.nanoTime();

        loop.execute(() -> loop.schedule(delayNanos, () -> ran.complete(loop.nanoTime())));

        assertThat(join(ran) - begun).isGreaterThanOrEqualTo(delayNanos);
    }

    @Test
    void runsNoTaskThatWasCancelled() {
        AtomicInteger runs = new AtomicInteger();
        CompletableFuture<Boolean> later = new CompletableFuture<>();

        loop.execute(() -> {
            loop.schedule(1_000_000, runs::incrementAndGet).cancel();
            loop.schedule(30_000_000, () -> later.complete(true));
        });

        join(later);
        assertThat(runs).hasValue(0);
    }

    @Test
    void goesOnAfterATaskThatFails() {
        CompletableFuture<Boolean> next = new CompletableFuture<>();

        loop.execute(() -> {
            throw new IllegalStateException("expected by this test");
        });
        loop.execute(() -> next.complete(true));

        assertThat(join(next)).isTrue();
    }

    @Test
    void refusesTasksOnceClosedAndLeavesNoThread() {
        loop.close(Duration.ofSeconds(5));

        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        // Netty's global executor ends by itself after a second.
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> !t.isDaemon()
                        && (t.getName().startsWith("sessiongate-checks")
                                || t.getName().startsWith("vert")
                                || t.getName().startsWith("globalEventExecutor"))));
    }
}
