package io.sessiongate.app;

import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.FakeCollector;
import io.sessiongate.testing.FakeCollector.Received;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Traces while the configuration becomes another one. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class TracingReloadTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-00";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final FakeCollector collector = new FakeCollector();
    private final FakeCollector other = new FakeCollector();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final CountDownLatch slow = new CountDownLatch(1);
    private final RawUpstream app = RawUpstream.answering(head -> {
        asked.add(head.field("traceparent"));
        if (head.startLine().contains("/slow")) {
            awaited(slow);
        }
        return ok("served");
    });

    @SuppressWarnings("NullAway.Init") // every test starts one
    private ReloadableGateway gate;

    @AfterEach
    void close() {
        slow.countDown();
        gate.close();
        app.close();
        collector.close();
        other.close();
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start(String yaml) {
        gate = new ReloadableGateway(folder.resolve("sessiongate.yaml"), yaml);
    }

    private static String to(FakeCollector collector) {
        return "tracing: { endpoint: \"" + collector.endpoint() + "\", sample: 1 }";
    }

    private String config(String tracing) {
        return """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: %s }
                drain: 2s
                reload: { watch: false }
                log: { access: false }
                trusted-proxies: [ 127.0.0.1 ]
                %s
                upstreams: { app: { servers: [ "http://127.0.0.1:%d" ] } }
                routes:
                  - { path: /**, access: public, upstream: app }
                """.formatted(ReloadableGateway.SECRET, tracing, app.address().getPort());
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\ntraceparent: " + PARENT + "\r\n\r\n";
    }

    /** What the application was told. */
    private String served() {
        try (RawPeer peer = gate.connect()) {
            assertThat(peer.send(get("/x")).message().body()).isEqualTo("served");
        }
        return asked.get(asked.size() - 1);
    }

    private void stop() {
        gate.close(); // and with that everything is sent that waits
    }

    private static List<Received> of(FakeCollector collector, long kind) {
        return collector.spans().stream().filter(span -> span.kind() == kind).toList();
    }

    @Test
    void keepsTheTraceOfARequestUnderWayAndExportsItsSpansOnce() {
        start(config(to(collector)));
        try (RawPeer peer = gate.connect()) {
            peer.send(get("/slow"));
            await().atMost(PATIENCE).until(() -> asked.size() == 1);
            HttpResponse<String> reload = gate.reload(
                    config(to(collector)).replace("path: /**, access", "path: /**, methods: [ GET ], access"));
            assertThat(reload.body()).contains("\"applied\"");
            slow.countDown();
            assertThat(peer.message().body()).isEqualTo("served");
            // Of the next generation, on the same connection.
            peer.send("GET /after HTTP/1.1\r\nHost: x\r\n\r\n").message();
        }
        stop();

        assertThat(collector.spans()).hasSize(4);
        assertThat(collector.spans()).extracting(Received::id).doesNotHaveDuplicates();
        Received server = of(collector, FakeCollector.SERVER).stream()
                .filter(span -> span.traceId().equals(TRACE))
                .findFirst()
                .orElseThrow();
        List<Received> children = collector.spans().stream()
                .filter(span -> span.parentId().equals(server.id()))
                .toList();
        assertThat(children).hasSize(1);
        assertThat(asked.get(0)).isEqualTo("00-" + TRACE + "-" + children.get(0).id() + "-01");
        assertThat(asked.get(1)).doesNotContain(TRACE);
    }

    @Test
    void losesAndDoublesNoSpanUnderManyReloads() {
        start(config(to(collector)));
        for (int i = 0; i < 30; i++) {
            served();
            assertThat(gate.reload(config(to(collector)).replace("drain: 2s", "drain: " + (3 + i) + "s"))
                            .statusCode())
                    .isEqualTo(200);
        }
        stop();

        assertThat(of(collector, FakeCollector.SERVER)).hasSize(30);
        assertThat(collector.spans()).extracting(Received::id).doesNotHaveDuplicates();
    }

    @Test
    void believesTheProxiesOfNow() {
        start(config(to(collector)));
        assertThat(served()).contains(TRACE);

        gate.reload(config(to(collector)).replace("trusted-proxies: [ 127.0.0.1 ]", "trusted-proxies: []"));

        assertThat(served()).doesNotContain(TRACE);
    }

    @Test
    void saysThatTurningItOnNeedsARestart() {
        start(config(""));
        assertThat(served()).isEqualTo(PARENT);

        assertThat(gate.reload(config(to(collector))).body())
                .contains("\"needs_restart\":[\"tracing.endpoint: default -> " + collector.endpoint());

        assertThat(served()).isEqualTo(PARENT);
        assertThat(gate.page("/configuration.json")).doesNotContain("tracing");
        stop();
        assertThat(collector.spans()).isEmpty();
    }

    @Test
    void saysThatTurningItOffNeedsARestart() {
        start(config(to(collector)));

        assertThat(gate.reload(config("")).body()).contains("\"needs_restart\":[\"tracing");

        assertThat(served()).contains(TRACE).isNotEqualTo(PARENT);
        assertThat(gate.page("/configuration.json")).contains(collector.endpoint());
        stop();
        assertThat(of(collector, FakeCollector.SERVER)).hasSize(1);
    }

    @Test
    void saysThatAnotherCollectorNeedsARestart() {
        start(config(to(collector)));

        assertThat(gate.reload(config(to(other))).body())
                .contains("\"needs_restart\":[\"tracing.endpoint: " + collector.endpoint() + " -> " + other.endpoint());

        served();
        assertThat(gate.page("/configuration.json"))
                .contains(collector.endpoint())
                .doesNotContain(other.endpoint());
        stop();
        assertThat(of(collector, FakeCollector.SERVER)).hasSize(1);
        assertThat(other.spans()).isEmpty();
    }

    @Test
    void goesOnWhereWhatIsSaidOfItIsWrong() {
        start(config(to(collector)));

        HttpResponse<String> reload = gate.reload(config(to(collector)).replace("sample: 1", "sample: 7"));
        assertThat(reload.statusCode()).isEqualTo(422);
        assertThat(reload.body()).contains("tracing.sample");

        assertThat(served()).contains(TRACE);
        stop();
        assertThat(of(collector, FakeCollector.SERVER)).hasSize(1);
    }
}
