package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.RST_STREAM;
import static io.sessiongate.testing.Http2Peer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Answer;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code grpc-timeout} says, and what the gateway makes of it. */
@ExtendWith(LeakWatch.class)
class GrpcTimeoutTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final CountDownLatch upstreamGone = new CountDownLatch(1);

    @ParameterizedTest
    @CsvSource({
        "1n, 1",
        "5u, 5000",
        "250m, 250000000",
        "7S, 7000000000",
        "2M, 120000000000",
        "1H, 3600000000000",
        "00000001n, 1",
        "99999999S, 31536000000000000",
        "99999999H, 31536000000000000",
        "'', -1",
        "1, -1",
        "S, -1",
        "123456789n, -1",
        "0S, -1",
        "-1S, -1",
        "+1S, -1",
        "1.5S, -1",
        "1 S, -1",
        "1s, -1",
        "1h, -1",
        "1SS, -1"
    })
    void readsWhatTheSpecificationAllows(String text, long nanos) {
        assertThat(GrpcCall.timeoutNanos(text)).isEqualTo(nanos);
    }

    private Http2Upstream hanging() {
        return new Http2Upstream((peer, n) -> {
            peer.accept();
            peer.await(HEADERS);
            peer.await(GOAWAY); // nobody says so: the connection ends
            upstreamGone.countDown();
        });
    }

    /** Answers after a while. */
    private static Http2Upstream slow(Duration time) {
        return new Http2Upstream((peer, n) -> {
            peer.accept();
            int stream = peer.request();
            await().pollDelay(time).until(() -> true);
            peer.headers(stream, false, ":status", "200", "content-type", "application/grpc");
            peer.headers(stream, true, "grpc-status", "0");
            peer.await(GOAWAY);
        });
    }

    private static GatewayFixture before(Http2Upstream app, GatewayFixture.Builder options) {
        return options.http2().beforeAny(new ServerAddress.Tcp(app.address()));
    }

    private static Answer call(Http2Peer client, String timeout, String type) {
        int stream = client.open(true, request("POST", "/s/m", "grpc-timeout", timeout, "content-type", type));
        return client.answer(stream);
    }

    @Test
    void givesACallUpWhenItsTimeIsOver() throws Exception {
        try (Http2Upstream app = hanging();
                GatewayFixture gate = before(app, gateway().spread(TestUpstreams.ejecting(1, false)));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            assertThat(call(client, "200m", "application/grpc").status()).isEqualTo(504);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.DEADLINE_EXCEEDED);
            await().until(() -> upstreamGone.getCount() == 0);
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isZero();
            // That a client has no time is nothing that a server has done.
            assertThat(gate.count("sessiongate.upstream.errors")).isZero();
        }
    }

    @Test
    void givesUpACallWhoseAnswerHasBegun() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.headers(stream, false, ":status", "200").data(stream, "a", false);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = before(app, gateway());
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int stream = client.open(
                    false, request("POST", "/s/m", "grpc-timeout", "300m", "content-type", "application/grpc+proto"));
            assertThat(client.await(DATA)).isNotNull();
            assertThat(Objects.requireNonNull(client.await(RST_STREAM)).stream())
                    .isEqualTo(stream);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void sendsNoCallWhoseTimeWasOverWhileItWaited() {
        CountDownLatch answers = new CountDownLatch(1);
        AtomicInteger requests = new AtomicInteger();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    while (true) {
                        int stream = peer.request();
                        requests.incrementAndGet();
                        answers.await();
                        peer.headers(stream, true, ":status", "200");
                    }
                });
                GatewayFixture gate = before(app, gateway().loops(1).pool(1, 10));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int first = client.get("/");
            await().until(() -> requests.get() == 1);
            int late = client.open(
                    true, request("POST", "/s/m", "grpc-timeout", "50m", "content-type", "application/grpc"));
            int patient = client.get("/");
            await().pollDelay(SHORT).until(() -> gate.gauge("sessiongate.upstream.waiting") == 2);
            answers.countDown();
            assertThat(client.answer(first).status()).isEqualTo(200);
            assertThat(client.answer(late).status()).isEqualTo(504);
            assertThat(client.answer(patient).status()).isEqualTo(200);
            assertThat(requests).hasValue(2);
        }
    }

    @Test
    void waitsForACallThatHasMoreTimeThanOtherRequests() {
        try (Http2Upstream app = slow(SHORT.multipliedBy(3));
                GatewayFixture gate = before(app, gateway().answer(SHORT));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            assertThat(call(client, "10S", "application/grpc").trailers).containsEntry("grpc-status", "0");
        }
    }

    @ParameterizedTest
    @CsvSource({"10s, application/grpc", "10S, application/grpc-web+proto", "10S, application/json"})
    void hearsOnlyWhatIsMeantForIt(String timeout, String type) {
        try (Http2Upstream app = slow(SHORT.multipliedBy(3));
                GatewayFixture gate = before(app, gateway().answer(SHORT));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            assertThat(call(client, timeout, type).status()).isEqualTo(504);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_TIMEOUT);
        }
    }

    @Test
    void waitsNoLongerThanAStreamMayBeSilent() {
        try (Http2Upstream app = hanging();
                GatewayFixture gate = before(app, gateway().answer(SHORT).timeouts(LONG, LONG, LONG, SHORT));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            assertThat(call(client, "99999999H", "application/grpc").status()).isEqualTo(504);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_TIMEOUT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void letsACallThatHasTimeBeSilentBeforeItsAnswer(boolean saysSo) {
        try (Http2Upstream app = slow(Duration.ZERO);
                GatewayFixture gate = before(app, gateway().timeouts(LONG, LONG, SHORT, LONG));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int stream = client.open(
                    false,
                    request(
                            "POST",
                            "/s/m",
                            "content-type",
                            "application/grpc",
                            saysSo ? "grpc-timeout" : "x-a",
                            "10S"));
            await().pollDelay(SHORT.multipliedBy(3)).until(() -> true);
            client.data(stream, "a", true);
            assertThat(client.answer(stream).status()).isEqualTo(saysSo ? 200 : 408);
        }
    }
}
