package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.testing.FakeCollector;
import io.sessiongate.testing.FakeCollector.Received;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Traces as an application and a collector see them. */
@ExtendWith(LeakWatch.class)
class TracingWireTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String PARENT = "00-" + TRACE + "-" + CALLER + "-00";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final FakeCollector collector = new FakeCollector();

    @AfterEach
    void end() {
        collector.close();
    }

    private RunningGateway gateway(String tracing) {
        return new RunningGateway(
                folder,
                "trusted-proxies: [ 127.0.0.1 ]\ntracing: { endpoint: \"" + collector.endpoint() + "\", " + tracing
                        + " }",
                "");
    }

    private void awaitSpans(int count) {
        await().atMost(PATIENCE).until(() -> collector.spans().size() >= count);
        assertThat(collector.spans()).hasSize(count);
    }

    private Received span(long kind) {
        return collector.spans().stream()
                .filter(span -> span.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    private static String sent(RunningGateway gateway) {
        List<LoggedRequest> received = gateway.received();
        return received.get(received.size() - 1).getHeader("traceparent");
    }

    @Test
    void exportsTheSpansOfARequest() throws Exception {
        try (RunningGateway gateway = gateway("sample: 1, headers: { Authorization: \"Bearer of the collector\" }")) {
            gateway.signUp("ada", "user");
            String cookie = gateway.cookie("ada", gateway.login("ada"));

            gateway.get("/reset/4711?code=s3cret", "Cookie", cookie, "traceparent", PARENT, "tracestate", "vendor=1");

            awaitSpans(3);
            Received server = span(FakeCollector.SERVER);
            Received client = span(FakeCollector.CLIENT);
            Received check = span(FakeCollector.INTERNAL);
            assertThat(List.of(server.traceId(), client.traceId(), check.traceId()))
                    .containsOnly(TRACE);
            assertThat(server.parentId()).isEqualTo(CALLER);
            assertThat(client.parentId()).isEqualTo(server.id());
            assertThat(check.parentId()).isEqualTo(server.id());
            assertThat(sent(gateway)).isEqualTo("00-" + TRACE + "-" + client.id() + "-01");
            assertThat(gateway.received().get(0).getHeader("tracestate")).isEqualTo("vendor=1");
            assertThat(server.name()).isEqualTo("GET /**");
            assertThat(server.attributes())
                    .containsEntry("http.response.status_code", 200L)
                    .containsEntry("server.address", "127.0.0.1")
                    .containsEntry("sessiongate.session.check", "checked");
            assertThat(server.startEpochNanos()).isLessThanOrEqualTo(check.startEpochNanos());
            assertThat(check.endEpochNanos()).isLessThanOrEqualTo(client.startEpochNanos());
            assertThat(client.endEpochNanos()).isLessThanOrEqualTo(server.endEpochNanos());
            assertThat(collector.spans().toString())
                    .doesNotContain("4711")
                    .doesNotContain("s3cret")
                    .doesNotContain("ada");
            assertThat(collector.services()).containsOnly("sessiongate");
            assertThat(collector.authorization()).containsOnly("Bearer of the collector");
            await().atMost(PATIENCE)
                    .until(() -> gateway.metric("sessiongate_tracing_spans_total{outcome=\"exported\"") == 3);
            assertThat(gateway.metric("sessiongate_tracing_waiting")).isZero();
        }
    }

    @Test
    void goesOnWithTheTraceOverHttp2() throws Exception {
        try (RunningGateway gateway = gateway("sample: 1, service-name: edge");
                Http2Peer client = Http2Peer.connect(gateway.address())) {
            int stream = client.get("/api/auth/signin", "traceparent", PARENT);

            assertThat(client.answer(stream).status()).isEqualTo(200);

            awaitSpans(2);
            assertThat(sent(gateway))
                    .isEqualTo("00-" + TRACE + "-" + span(FakeCollector.CLIENT).id() + "-01");
            assertThat(span(FakeCollector.SERVER).attributes()).containsEntry("network.protocol.version", "2");
            assertThat(collector.services()).containsOnly("edge");
        }
    }

    @Test
    void tellsTheApplicationWhereNothingIsSampledAndExportsNothing() throws Exception {
        try (RunningGateway gateway = gateway("sample: 0")) {
            gateway.get("/api/auth/signin", "traceparent", PARENT.replaceAll("00$", "01"));

            assertThat(sent(gateway)).startsWith("00-" + TRACE + "-").endsWith("-00");
        }
        // Stopped, and with that flushed.
        assertThat(collector.spans()).isEmpty();
    }

    @Test
    void namesTheTraceInTheAccessLog() throws Exception {
        List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event);
            }
        };
        appender.start();
        Logger access = (Logger) LoggerFactory.getLogger("access");
        access.setLevel(Level.INFO);
        access.addAppender(appender);
        try (RunningGateway gateway = gateway("sample: 0")) {
            gateway.get("/api/auth/signin", "traceparent", PARENT);
            gateway.get("/refused", "traceparent", PARENT);
            await().atMost(PATIENCE).until(() -> lines.size() == 2);
        } finally {
            access.detachAppender(appender);
            access.setLevel(null);
        }
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.getKeyValuePairs())
                        .anySatisfy(
                                pair -> assertThat(pair.key + "=" + pair.value).isEqualTo("trace_id=" + TRACE)));
    }

    @Test
    void exportsWhatWaitsBeforeItStops() throws Exception {
        try (RunningGateway gateway = gateway("sample: 1")) {
            gateway.get("/api/auth/signin");
        }
        assertThat(collector.spans()).hasSize(2);
    }

    @Test
    void servesOnAndCountsWhereTheCollectorRefuses() throws Exception {
        collector.answer(400);
        try (RunningGateway gateway = gateway("sample: 1")) {
            assertThat(gateway.get("/api/auth/signin").statusCode()).isEqualTo(200);

            await().atMost(PATIENCE)
                    .until(() -> gateway.metric("sessiongate_tracing_spans_total{outcome=\"failed\"") == 2);
            assertThat(gateway.get("/api/auth/signin").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void stopsInTimeWhereTheCollectorIsSilent() throws Exception {
        collector.fallSilent();
        RunningGateway gateway = gateway("sample: 1, timeout: 60s");
        gateway.get("/api/auth/signin");

        long begun = System.nanoTime();
        gateway.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
    }
}
