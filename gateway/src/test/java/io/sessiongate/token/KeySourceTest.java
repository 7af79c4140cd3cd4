package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.KeyMeters;
import io.sessiongate.token.KeyLoader.Loaded;
import io.sessiongate.token.KeySource.Asked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeySourceTest {

    private final KeyThreads threads = new KeyThreads();
    private final AtomicLong nanos = new AtomicLong(1);
    private final List<CompletableFuture<Loaded>> readings = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable Runnable> onChange = new AtomicReference<>();
    private final KeySource source = new KeySource(
            new KeySource.Identity("test", "test:1:1", true, Set.of(), null),
            () -> {
                var reading = new CompletableFuture<Loaded>();
                readings.add(reading);
                return reading;
            },
            new RefreshRhythm(Duration.ofHours(1), false, Duration.ofSeconds(30)),
            Duration.ofHours(2),
            List.of(),
            threads,
            nanos::get,
            new KeyMeters(new SimpleMeterRegistry(), "r", "s"),
            () -> {
                Runnable then = onChange.get();
                if (then != null) {
                    then.run();
                }
            });

    @AfterEach
    void close() {
        threads.close();
    }

    private static Loaded loaded(String... kids) {
        var keys = new ArrayList<VerificationKey>();
        for (String kid : kids) {
            VerificationKey plain = VerificationKey.of(Tokens.key("ES256"));
            keys.add(new VerificationKey(plain.key(), plain.algorithms(), kid, null, List.of()));
        }
        return new Loaded(keys, 0, "");
    }

    private void begin() {
        source.start();
        await().until(() -> readings.size() == 1);
    }

    /** Until the gate has taken the new keys over, a request that was judged by the old ones must not be answered. */
    @Test
    void isStillReadingWhileItsKeysAreBeingTakenOver() {
        var seen = new CopyOnWriteArrayList<Asked>();
        onChange.set(() -> seen.add(source.ask(() -> {})));
        begin();

        readings.get(0).complete(loaded("a"));
        await().until(() -> !seen.isEmpty());

        assertThat(seen).containsExactly(Asked.WAITS);
        assertThat(readings).hasSize(1);
    }

    @Test
    void allWhoWaitShareOneReading() {
        begin();
        var told = new AtomicLong();
        for (int i = 0; i < 10; i++) {
            assertThat(source.ask(told::incrementAndGet)).isEqualTo(Asked.WAITS);
        }

        readings.get(0).complete(loaded("a"));

        await().until(() -> told.get() == 10);
        assertThat(readings).hasSize(1);
        assertThat(source.ask(told::incrementAndGet)).isEqualTo(Asked.LIMITED);
    }

    @Test
    void whoWaitsIsToldWhenItFails() {
        begin();
        var told = new AtomicLong();
        source.ask(told::incrementAndGet);

        readings.get(0).completeExceptionally(new IllegalArgumentException("away"));

        await().until(() -> told.get() == 1);
        assertThat(source.isCertain()).isFalse();
        assertThat(source.failure()).isEqualTo("away");
    }

    @Test
    void goesOnWhereItsKeysCannotBeTakenOver() {
        onChange.set(() -> {
            throw new IllegalStateException("a bug");
        });
        begin();
        var told = new AtomicLong();
        source.ask(told::incrementAndGet);

        readings.get(0).complete(loaded("a"));

        await().until(() -> told.get() == 1);
        assertThat(source.isCertain()).isFalse();
        onChange.set(() -> {});
        await().until(() -> readings.size() == 2);
        readings.get(1).complete(loaded("a"));
        await().until(source::isCertain);
    }

    @Test
    void saysNothingOfWhatABugSays() {
        begin();

        readings.get(0).completeExceptionally(new IllegalStateException("pl4nted"));

        await().until(() -> "reading failed".equals(source.failure()));
    }

    @Test
    void givesItsKeysUpWhenTheyAreTooOld() {
        begin();
        readings.get(0).complete(loaded("a"));
        await().until(source::isCertain);
        nanos.addAndGet(Duration.ofHours(2).minusNanos(1).toNanos());
        source.start();
        await().until(() -> readings.size() == 2);
        readings.get(1).completeExceptionally(new IllegalArgumentException("away"));
        await().until(() -> source.failure() != null);
        assertThat(source.keys()).hasSize(1);

        nanos.addAndGet(1);
        source.start();
        await().until(() -> readings.size() >= 3);
        readings.get(2).completeExceptionally(new IllegalArgumentException("away"));

        await().until(() -> source.keys().isEmpty());
    }

    @Test
    void triesAgainSoonAndThenLessOften() {
        var rhythm = RefreshRhythm.ofUrl(Duration.ofMinutes(10));

        assertThat(rhythm.next(0, 0)).isEqualTo(Duration.ofMinutes(10));
        assertThat(rhythm.next(0, 1)).isEqualTo(Duration.ofMinutes(9));
        assertThat(rhythm.next(1, 0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(rhythm.next(2, 0)).isEqualTo(Duration.ofSeconds(2));
        assertThat(rhythm.next(6, 0)).isEqualTo(Duration.ofSeconds(32));
        assertThat(rhythm.next(7, 0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(rhythm.next(1_000_000, 0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(RefreshRhythm.ofUrl(Duration.ofSeconds(10)).next(9, 0)).isEqualTo(Duration.ofSeconds(10));
    }
}
