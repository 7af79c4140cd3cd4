package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The gate under several real threads: each request is answered once, and sharing holds. */
class SessionGateThreadsTest {

    private static final int THREADS = 4;
    private static final int REQUESTS = 50_000;
    private static final int SESSIONS = 1_000;

    /** A real single thread. */
    private static final class ThreadLoop implements CheckLoop {
        final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Timer schedule(long delayNanos, Runnable task) {
            ScheduledFuture<?> future = thread.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }

        @Override
        public void execute(Runnable task) {
            thread.execute(task);
        }
    }

    /** Answers before it returns. */
    private record InstantStore(AtomicInteger checked) implements CheckConnector {
        @Override
        public void connect(Consumer<ConnectResult> then) {
            then.accept(new ConnectResult.Connected(new CheckConnection() {
                @Override
                public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> answer) {
                    checked.addAndGet(ids.size());
                    answer.accept(new CheckResult.Rows(ids.stream()
                            .map(id -> new SessionRow(id, "ann", Long.MAX_VALUE, false))
                            .toList()));
                }

                @Override
                public void cancel() {}

                @Override
                public void abandon() {}

                @Override
                public void onGone(Runnable gone) {}
            }));
        }
    }

    @Test
    void losesAndDoublesNoAnswer() throws Exception {
        ThreadLoop loop = new ThreadLoop();
        InstantStore store = new InstantStore(new AtomicInteger());
        SessionGate gate = new SessionGate(
                "test",
                new GateFixture().config(),
                store,
                null,
                loop,
                InstantSource.system(),
                new SessionMeters(new SimpleMeterRegistry(), "test"));
        CountDownLatch answered = new CountDownLatch(THREADS * REQUESTS);
        AtomicInteger answers = new AtomicInteger();
        AtomicInteger live = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(THREADS);
        ExecutorService clientLoop = Executors.newSingleThreadExecutor();

        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            running.add(clients.submit(() -> {
                for (int i = 0; i < REQUESTS; i++) {
                    gate.decide(token("s" + i % SESSIONS), null, clientLoop, verdict -> {
                        answers.incrementAndGet();
                        live.addAndGet(verdict instanceof SessionVerdict.Live ? 1 : 0);
                        answered.countDown();
                    });
                }
            }));
        }
        for (Future<?> client : running) {
            client.get(60, TimeUnit.SECONDS);
        }
        boolean complete = answered.await(60, TimeUnit.SECONDS);
        gate.close();
        List.of(clients, clientLoop, loop.thread).forEach(ExecutorService::shutdown);

        assertThat(complete).isTrue();
        assertThat(answers).hasValue(THREADS * REQUESTS);
        assertThat(live).hasValue(THREADS * REQUESTS);
        assertThat(store.checked).as("one check a session").hasValue(SESSIONS);
    }

    private static VerifiedToken token(String sessionId) {
        long now = System.currentTimeMillis();
        return new VerifiedToken("ann", sessionId, Set.of(), now, now + 86_400_000, Map.of(), "sha");
    }
}
