package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.flow.Span;
import io.sessiongate.metrics.TracingMeters;
import io.sessiongate.testing.FakeCollector;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpanExportTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FakeCollector collector = new FakeCollector();

    @AfterEach
    void end() {
        collector.close();
    }

    private SpanExport export(Duration timeout) {
        return SpanExport.start(
                new TracingConfig(
                        URI.create(collector.endpoint()),
                        Map.of(),
                        1,
                        TracingConfig.Sampling.RATIO,
                        TracingConfig.Trust.TRUSTED_PROXIES,
                        "sessiongate",
                        timeout),
                new TracingMeters(registry));
    }

    private static Span span(int number) {
        return new Span(
                Span.Kind.SERVER,
                "GET",
                "0af7651916cd43dd8448eb211c80319c",
                String.format("%016x", number + 1),
                "",
                false,
                1_700_000_000_000_000_000L,
                1_700_000_000_000_000_005L,
                number % 2 == 1,
                Map.of("count", (long) number, "name", "text"));
    }

    private double count(String outcome) {
        return registry.get("sessiongate.tracing.spans")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void exportsASpanAsItIs() {
        SpanExport export = export(Duration.ofSeconds(10));
        export.add(span(0));
        export.add(span(1));
        export.close(PATIENCE);

        assertThat(collector.spans())
                .containsExactly(
                        new FakeCollector.Received(
                                "0af7651916cd43dd8448eb211c80319c",
                                "0000000000000001",
                                "",
                                "GET",
                                FakeCollector.SERVER,
                                1_700_000_000_000_000_000L,
                                1_700_000_000_000_000_005L,
                                0,
                                Map.of("count", 0L, "name", "text")),
                        new FakeCollector.Received(
                                "0af7651916cd43dd8448eb211c80319c",
                                "0000000000000002",
                                "",
                                "GET",
                                FakeCollector.SERVER,
                                1_700_000_000_000_000_000L,
                                1_700_000_000_000_000_005L,
                                2,
                                Map.of("count", 1L, "name", "text")));
        assertThat(count("exported")).isEqualTo(2);
    }

    @Test
    void dropsAndCountsWhatThereIsNoRoomForAndLosesNoneUncounted() {
        collector.fallSilent();
        SpanExport export = export(Duration.ofMillis(500));
        int more = SpanExport.MAX_WAITING + 100;
        for (int i = 0; i < more; i++) {
            export.add(span(i));
        }

        assertThat(count("dropped")).isEqualTo(100);
        assertThat(registry.get("sessiongate.tracing.waiting").gauge().value()).isEqualTo(SpanExport.MAX_WAITING);
        // Every export meets its deadline, and what was in it makes room.
        await().atMost(PATIENCE).until(() -> count("failed") == SpanExport.MAX_WAITING);
        assertThat(registry.get("sessiongate.tracing.waiting").gauge().value()).isZero();
        export.close(Duration.ofSeconds(2));
    }

    @Test
    void givesUpWhereNobodyListens() {
        collector.close();
        SpanExport export = export(Duration.ofSeconds(3));
        export.add(span(0));

        await().atMost(PATIENCE).until(() -> count("failed") == 1);
        export.close(Duration.ofSeconds(2));
    }
}
