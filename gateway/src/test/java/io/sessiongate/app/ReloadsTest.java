package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.app.Reloads.Outcome;
import io.sessiongate.app.Reloads.Trigger;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.metrics.ReloadMeters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One at a time, and what comes of each. */
class ReloadsTest {

    @TempDir
    private Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<String> used = new CopyOnWriteArrayList<>();
    private final CountDownLatch go = new CountDownLatch(1);
    private Reloads reloads;

    private String watch = "watch: false";

    @BeforeEach
    void make() {
        write("1s");
        ConfigFile file = new ConfigFile(folder.resolve("sessiongate.yaml"), name -> null);
        reloads = new Reloads(
                new Reloads.Origin(file, file.read()),
                new ReloadMeters(registry, Instant.EPOCH),
                InstantSource.system());
    }

    @AfterEach
    void stop() {
        go.countDown();
        reloads.stop();
    }

    @Test
    void takesManyWishesTogether() {
        blocked();
        write("2s");
        reloads.want(Trigger.SIGNAL);
        await().until(() -> used.size() == 1);
        write("3s");
        for (int i = 0; i < 100; i++) {
            reloads.want(Trigger.SIGNAL);
        }
        go.countDown();
        await().until(() -> count("applied") + count("unchanged") >= 2);
        CompletableFuture<Outcome> last = askWhenFree();
        assertThat(last.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Loaded.class);
        assertThat(used).containsExactly("PT2S", "PT3S");
        assertThat(count("applied")).isEqualTo(2);
        assertThat(count("unchanged")).isEqualTo(1);
    }

    @Test
    void refusesWhoAsksWhileItGoesOn() {
        blocked();
        write("2s");
        CompletableFuture<Outcome> first = Objects.requireNonNull(reloads.ask());
        await().until(() -> used.size() == 1);
        assertThat(reloads.ask()).isNull();
        go.countDown();
        assertThat(first.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Loaded.class);
    }

    @Test
    void goesOnAsBeforeWhereItCannotBePutToUse() {
        reloads.start(config -> {
            throw new IllegalArgumentException("as the test wants it");
        });
        write("2s");
        assertThat(askWhenFree().orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Failed.class);
        assertThat(count("failed")).isEqualTo(1);
        assertThat(registry.get("sessiongate.reload.failed").gauge().value()).isEqualTo(1);
        // It is still to be put to use.
        assertThat(askWhenFree().orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void findsWhatChangedBeforeItLookedFirst() {
        reloads.stop();
        watch = "watch: true, interval: 100ms";
        make();
        write("2s");
        reloads.start(config -> used.add(config.drain().toString()));
        await().untilAsserted(() -> assertThat(used).containsExactly("PT2S"));
    }

    @Test
    void goesOnLookingThoughTheFirstLookFindsWhatIsNoConfiguration() throws IOException {
        reloads.stop();
        watch = "watch: true, interval: 100ms";
        make();
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, "routes: { path: /**, access: public, upstream: app }\n");
        reloads.start(config -> used.add(config.drain().toString()));
        await().until(() -> count("invalid") >= 1);
        write("2s");
        await().untilAsserted(() -> assertThat(used).containsExactly("PT2S"));
    }

    @Test
    void isReadyForTheNextAfterAnError() {
        AtomicBoolean breaks = new AtomicBoolean(true);
        reloads.start(config -> {
            if (breaks.getAndSet(false)) {
                throw new UnsatisfiedLinkError("as the test wants it");
            }
            used.add(config.drain().toString());
        });
        write("2s");
        assertThat(askWhenFree().orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Failed.class);
        assertThat(askWhenFree().orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(Outcome.Loaded.class);
        assertThat(used).containsExactly("PT2S");
    }

    private void blocked() {
        reloads.start(config -> {
            used.add(config.drain().toString());
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private CompletableFuture<Outcome> askWhenFree() {
        return await().until(reloads::ask, Objects::nonNull);
    }

    private double count(String result) {
        return registry.get("sessiongate.reloads")
                .tag("result", result)
                .counter()
                .count();
    }

    private void write(String drain) {
        try {
            Files.writeString(folder.resolve("sessiongate.yaml"), """
                    listeners: [ { address: "127.0.0.1:0" } ]
                    drain: %s
                    reload: { %s }
                    upstreams: { app: { servers: [ "http://127.0.0.1:1" ] } }
                    routes: [ { path: /**, access: public, upstream: app } ]
                    """.formatted(drain, watch));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
