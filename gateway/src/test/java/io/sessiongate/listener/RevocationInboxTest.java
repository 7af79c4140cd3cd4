package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.StreamMeters.Cause;
import io.sessiongate.metrics.StreamMeters.Kind;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Revocations from many threads, and the one loop that takes them. */
class RevocationInboxTest {

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final StreamMeters meters = new StreamMeters(registry);
    private final LoopStreams streams =
            new LoopStreams(loop, Duration.ofHours(1).toNanos(), true, InstantSource.system(), meters);
    private final RevocationInbox inbox = new RevocationInbox(loop, streams, meters);

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private FakeExchange opened(FakeGuard guard) {
        FakeExchange exchange = new FakeExchange(streams, guard);
        onLoop(() -> {
            streams.begun(exchange);
            streams.open(exchange, Kind.WEBSOCKET);
        });
        return exchange;
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop).join();
    }

    private static Revocation revocation(String session) {
        return new Revocation("default", Fingerprint.of(session), false, Cause.REVOKED);
    }

    private double waiting() {
        return registry.get("sessiongate.streams.revocations.waiting").gauge().value();
    }

    private double overflows() {
        return registry.get("sessiongate.streams.revocations.overflows")
                .counter()
                .count();
    }

    @Test
    void endsTheStreamOfARevocationFromAnotherThread() {
        FakeExchange exchange = opened(new FakeGuard("default", "s", "u"));
        inbox.add(revocation("s"));
        onLoop(() -> assertThat(exchange.endedBy).isEqualTo(FaultKind.SESSION_ENDED));
        assertThat(waiting()).isZero();
    }

    @Test
    void wakesNoLoopThatHasNoStreams() {
        for (int i = 0; i < 100_000; i++) {
            inbox.add(revocation("s"));
        }
        assertThat(loop.pendingTasks()).isZero();
        assertThat(waiting()).isZero();
    }

    @Test
    void givesABusyLoopOneTaskForAHundredThousandRevocations() {
        opened(new FakeGuard("default", "s", "u"));
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        loop.execute(() -> {
            blocked.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> blocked.getCount() == 0);
        Revocation other = revocation("nobody");
        for (int i = 0; i < 100_000; i++) {
            inbox.add(other);
        }
        assertThat(loop.pendingTasks()).isEqualTo(1);
        assertThat(waiting()).isEqualTo(RevocationInbox.BOUND);
        go.countDown();
        await().until(() -> waiting() == 0);
        assertThat(overflows()).isEqualTo(1);
    }

    @Test
    void checksEveryStreamWhereMoreRevocationsCameThanMayWait() {
        FakeGuard revoked = new FakeGuard("default", "s", "u");
        FakeGuard live = new FakeGuard("default", "t", "u");
        FakeExchange ends = opened(revoked);
        FakeExchange stays = opened(live);
        onLoop(() -> {
            for (int i = 0; i < RevocationInbox.BOUND; i++) {
                inbox.add(revocation("nobody"));
            }
            revoked.fault = FaultKind.SESSION_ENDED;
            inbox.add(revocation("s"));
        });
        await().until(() -> waiting() == 0);
        onLoop(() -> {
            assertThat(ends.endedBy).isEqualTo(FaultKind.SESSION_ENDED);
            assertThat(stays.endedBy).isNull();
        });
    }

    /** The session's state is changed before the revocation is told, as the session gate does. */
    @Test
    void losesNoRevocationOfThoseThatManyThreadsTell() {
        List<FakeGuard> guards = new ArrayList<>();
        List<FakeExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            FakeGuard guard = new FakeGuard("default", "s" + i, "u");
            guards.add(guard);
            exchanges.add(new FakeExchange(streams, guard));
        }
        CompletableFuture<?>[] tellers = IntStream.range(0, 4)
                .mapToObj(n -> CompletableFuture.runAsync(() -> {
                    for (int i = n; i < guards.size(); i += 4) {
                        guards.get(i).fault = FaultKind.SESSION_ENDED;
                        inbox.add(revocation("s" + i));
                    }
                }))
                .toArray(CompletableFuture[]::new);
        // Opened while they are told of: some before, some after.
        for (int from = 0; from < exchanges.size(); from += 100) {
            List<FakeExchange> some = exchanges.subList(from, from + 100);
            onLoop(() -> some.forEach(exchange -> {
                streams.begun(exchange);
                streams.open(exchange, Kind.WEBSOCKET);
            }));
        }
        CompletableFuture.allOf(tellers).join();
        await().until(() -> waiting() == 0 && loop.pendingTasks() == 0);
        onLoop(() -> assertThat(exchanges).allMatch(e -> e.endedBy == FaultKind.SESSION_ENDED));
    }
}
