package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.GrpcServer;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of HTTP/2 that are asked whether they are well. */
@ExtendWith(LeakWatch.class)
class Http2HealthTest {

    private static final Duration LONG = Duration.ofSeconds(5);
    private static final byte[] WELL = {0, 0, 0, 0, 2, 8, 1};

    @TempDir
    private Path directory;

    private final List<Map<String, String>> asked = new CopyOnWriteArrayList<>();

    private static GatewayFixture.Builder checking(@Nullable String service) {
        return checking(service, LONG);
    }

    private static GatewayFixture.Builder checking(@Nullable String service, Duration timeout) {
        String path = service == null ? "/healthz" : "/grpc.health.v1.Health/Check";
        return gateway()
                .http2()
                .spread(TestUpstreams.checking(
                        new HealthCheckConfig(path, service, Duration.ofMillis(30), timeout, 1, 1, 200, 399)));
    }

    private static boolean well(GatewayFixture gate) {
        return gate.upstreams.states().get(0).healthy();
    }

    private static double checks(GatewayFixture gate, String result) {
        return gate.registry
                .get("sessiongate.upstream.checks")
                .tag("result", result)
                .counter()
                .count();
    }

    /** Which sees from both sides whether it is well. */
    private static void follows(GatewayFixture gate, Runnable falls, Runnable recovers) {
        await().until(() -> checks(gate, "good") > 1);
        assertThat(well(gate)).isTrue();
        falls.run();
        await().until(() -> !well(gate));
        recovers.run();
        await().until(() -> well(gate));
    }

    @Test
    void asksForAPath() {
        AtomicInteger status = new AtomicInteger(204);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    asked.add(Objects.requireNonNull(peer.seen(stream).head));
                    peer.send(PING, 0, 0, new byte[8]);
                    assertThat(peer.await(PING)).isNotNull();
                    peer.headers(stream, false, ":status", "103");
                    peer.headers(stream, true, ":status", "" + status);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = checking(null).beforeAny(new ServerAddress.Tcp(app.address()))) {
            follows(gate, () -> status.set(503), () -> status.set(200));
            assertThat(asked.get(0))
                    .containsEntry(":method", "GET")
                    .containsEntry(":path", "/healthz")
                    .containsEntry(":authority", "localhost:" + app.address().getPort())
                    .containsEntry("user-agent", "sessiongate-health-check");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "test.Words"})
    void asksAServerOfGrpc(String service) {
        try (GrpcServer app = new GrpcServer();
                GatewayFixture gate = checking(service).beforeAny(new ServerAddress.Tcp(app.address()))) {
            follows(gate, () -> app.health = 2, () -> app.health = 1);
            assertThat(app.asked).containsOnly(service);
        }
    }

    @Test
    void takesAServiceThatTheServerDoesNotKnowForOneThatIsNotWell() {
        try (GrpcServer app = new GrpcServer();
                GatewayFixture gate = checking("test.Others").beforeAny(new ServerAddress.Tcp(app.address()))) {
            await().until(() -> !well(gate));
            assertThat(checks(gate, "good")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1", ""})
    void asksOverTls(String protocol) {
        TestCertificates certificates = new TestCertificates();
        try (Http2Upstream app = Http2Upstream.secure(
                        certificates.serving(certificates.server("localhost"), false),
                        (peer, n) -> {
                            peer.accept();
                            int stream = peer.request();
                            asked.add(Objects.requireNonNull(peer.seen(stream).head));
                            peer.headers(stream, true, ":status", "200");
                            peer.await(GOAWAY);
                        },
                        protocol.isEmpty() ? new String[0] : new String[] {protocol});
                GatewayFixture gate = checking(null)
                        .upstreamTls(new UpstreamTls(certificates.authority(directory), null, null))
                        .beforeAny(new ServerAddress.Tcp(
                                InetSocketAddress.createUnresolved(
                                        "localhost", app.address().getPort()),
                                true))) {
            if (protocol.equals("h2")) {
                await().until(() -> checks(gate, "good") > 1);
                assertThat(asked.get(0)).containsEntry(":scheme", "https");
            } else {
                await().until(() -> !well(gate));
                assertThat(asked).isEmpty();
            }
        }
    }

    /** What a server may do wrong. */
    private enum Flaw {
        HTTP1,
        SILENT,
        RESET,
        LEAVES,
        ENDS,
        NO_TRAILERS,
        NO_STATUS,
        OTHER_STREAM,
        TOO_LONG,
        FLOODS,
        MALFORMED,
        NOT_FOUND;

        void show(Http2Peer peer, int stream) {
            switch (this) {
                case RESET -> peer.reset(stream, 2);
                case LEAVES -> peer.send(GOAWAY, 0, 0, new byte[8]);
                case NO_TRAILERS ->
                    head(peer, stream).data(stream, new String(WELL, StandardCharsets.ISO_8859_1), true);
                case NO_STATUS -> message(peer, stream).headers(stream, true, "x-a", "b");
                case OTHER_STREAM -> message(peer, 3).headers(3, true, "grpc-status", "0");
                case TOO_LONG ->
                    head(peer, stream).data(stream, "x".repeat(2000), false).headers(stream, true, "grpc-status", "0");
                case FLOODS -> {
                    for (int i = 0; i < 300; i++) {
                        peer.send(PING, 0, 0, new byte[8]);
                    }
                    message(peer, stream).headers(stream, true, "grpc-status", "0");
                }
                case MALFORMED -> peer.send(HEADERS, END_HEADERS, stream, new byte[] {-1, -1, -1, -1, -1, -1});
                case NOT_FOUND -> peer.headers(stream, true, ":status", "404", "grpc-status", "0");
                default -> {
                    // nothing more is said
                }
            }
        }

        private static Http2Peer head(Http2Peer peer, int stream) {
            return peer.headers(stream, false, ":status", "200", "content-type", "application/grpc");
        }

        private static Http2Peer message(Http2Peer peer, int stream) {
            return head(peer, stream).data(stream, new String(WELL, StandardCharsets.ISO_8859_1), false);
        }
    }

    @ParameterizedTest
    @EnumSource(Flaw.class)
    void takesAServerOutThatDoesNotAnswerAsItShould(Flaw flaw) {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    if (flaw == Flaw.HTTP1) {
                        peer.raw("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    } else {
                        peer.accept();
                        int stream = peer.request();
                        if (flaw == Flaw.ENDS) {
                            return;
                        }
                        flaw.show(peer, stream);
                    }
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = checking("", flaw == Flaw.SILENT ? Duration.ofMillis(30) : LONG)
                        .beforeAny(new ServerAddress.Tcp(app.address()))) {
            await().until(() -> !well(gate));
            assertThat(checks(gate, "good")).isZero();
        }
    }
}
