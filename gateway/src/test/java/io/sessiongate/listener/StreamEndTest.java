package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.TransportKind;
import io.sessiongate.flow.Completion;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.token.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client and an application see of a stream that the gateway ends. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class StreamEndTest {

    private static final String UPGRADE = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n";
    private static final String SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Accept: def\r\n\r\n";
    private static final String EVENTS =
            "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\ndata: 1\n\n";
    private static final String GET = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

    private final FakeGuard guard = new FakeGuard("default", "session", "ada");

    private GatewayFixture before(RawUpstream app) {
        return before(app, TransportKind.AUTO);
    }

    private GatewayFixture before(RawUpstream app, TransportKind transport) {
        GatewayFixture gate = gateway().transport(transport).loops(2).before(app);
        gate.flow.guards = request -> guard;
        return gate;
    }

    private static void revoke(GatewayFixture gate) {
        gate.server.revocations("default").sessionEnded(Fingerprint.of("session"));
    }

    private static void awaitOpen(GatewayFixture gate, String kind, int count) {
        await().until(() -> gate.registry
                        .get("sessiongate.streams.open")
                        .tag("kind", kind)
                        .gauge()
                        .value()
                == count);
    }

    private static void awaitEnded(GatewayFixture gate, String cause, int count) {
        await().until(() -> gate.registry
                        .get("sessiongate.streams.ended")
                        .tag("cause", cause)
                        .counter()
                        .count()
                == count);
    }

    /** A frame from a server. */
    private static String frame(String text) {
        return "\u0082" + (char) text.length() + text;
    }

    private static String closeFrame(int code, String reason) {
        return "\u0088" + (char) (reason.length() + 2) + (char) (code >> 8) + (char) (code & 0xff) + reason;
    }

    private static final String REVOKED = closeFrame(1008, "The session has ended.");

    private static void assertBooksClosed(GatewayFixture gate, FaultKind fault) {
        await().until(() -> gate.flow.open.isEmpty() && !gate.flow.completions.isEmpty());
        assertThat(gate.flow.completions).extracting(Completion::fault).containsOnly(fault);
        assertThat(gate.flow.surplus).hasValue(0);
        await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
        await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        for (String kind : List.of("websocket", "event-stream", "long-running")) {
            awaitOpen(gate, kind, 0);
        }
    }

    /** A client that has ended its side is not waited for. */
    private static void assertDoesNotLinger(GatewayFixture gate, long sinceNanos) {
        await().pollInterval(Duration.ofMillis(10)).until(() -> gate.gauge("sessiongate.connections.open") == 0);
        assertThat(Duration.ofNanos(System.nanoTime() - sinceNanos)).isLessThan(Duration.ofMillis(1_500));
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"EPOLL", "IO_URING", "NIO"})
    void closesTheWebSocketsOfARevokedSessionOnEveryLoop(TransportKind transport) {
        CountDownLatch appSawTheEnd = new CountDownLatch(6);
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("hello"));
                    peer.ended();
                    appSawTheEnd.countDown();
                });
                GatewayFixture gate = before(app, transport)) {
            List<RawPeer> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                RawPeer client = gate.client();
                client.send(UPGRADE).message();
                assertThat(client.text(7)).isEqualTo(frame("hello"));
                clients.add(client);
            }
            awaitOpen(gate, "websocket", 6);
            revoke(gate);
            clients.forEach(client -> assertThat(client.rest()).isEqualTo(REVOKED));
            await().until(() -> appSawTheEnd.getCount() == 0);
            awaitEnded(gate, "revoked", 6);
            long leftNanos = System.nanoTime();
            clients.forEach(RawPeer::close);
            assertDoesNotLinger(gate, leftNanos);
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
            assertThat(gate.flow.completions).extracting(Completion::status).containsOnly(101);
        }
    }

    @Test
    void leavesTheWebSocketsOfOthersOpen() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    peer.send(frame(peer.text(3)));
                    peer.read();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            awaitOpen(gate, "websocket", 1);
            gate.server.revocations("default").sessionEnded(Fingerprint.of("another"));
            gate.server.revocations("partners").sessionEnded(Fingerprint.of("session"));
            gate.server.revocations("default").subjectEnded(Fingerprint.of("session"));
            assertThat(client.send("abc").text(5)).isEqualTo(frame("abc"));
            gate.server.revocations("default").subjectEnded(Fingerprint.of("ada"));
            assertThat(client.rest()).isEqualTo(REVOKED);
        }
    }

    @Test
    void finishesTheFrameThatIsUnderWayAndPassesNothingBehindIt() {
        CompletableFuture<Void> revoked = new CompletableFuture<>();
        String frame = frame("0123456789");
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("first") + frame.substring(0, 4));
                    revoked.get();
                    peer.send(frame.substring(4, 7));
                    peer.send(frame.substring(7) + frame("never seen"));
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            assertThat(client.text(11)).isEqualTo(frame("first") + frame.substring(0, 4));
            awaitOpen(gate, "websocket", 1);
            revoke(gate);
            awaitOpen(gate, "websocket", 0);
            revoked.complete(null);
            assertThat(client.rest()).isEqualTo(frame.substring(4) + REVOKED);
            client.hangUp();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void cutsAWebSocketWhoseFrameIsNotFinishedWithinASecond() {
        CompletableFuture<Boolean> appSawTheEnd = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("0123456789").substring(0, 4));
                    appSawTheEnd.complete(peer.ended());
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            client.text(4);
            awaitOpen(gate, "websocket", 1);
            long revokedNanos = System.nanoTime();
            revoke(gate);
            assertThat(client.rest()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - revokedNanos))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(4));
            assertThat(appSawTheEnd.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void cutsAWebSocketWhoseApplicationLeavesInTheMiddleOfItsFrame() {
        CompletableFuture<Void> revoked = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("0123456789").substring(0, 4));
                    revoked.get();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            client.text(4);
            awaitOpen(gate, "websocket", 1);
            revoke(gate);
            awaitOpen(gate, "websocket", 0);
            revoked.complete(null);
            assertThat(client.rest()).isEmpty();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void passesNothingOfTheClientsToTheApplicationOnceTheSessionHasEnded() {
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("0123456789").substring(0, 4));
                    StringBuilder text = new StringBuilder();
                    try {
                        for (int b = peer.read(); b >= 0; b = peer.read()) {
                            text.append((char) b);
                        }
                    } catch (UncheckedIOException reset) {
                        // as good an end as another
                    }
                    heard.complete(text.toString());
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            client.text(4);
            awaitOpen(gate, "websocket", 1);
            client.send("before");
            revoke(gate);
            awaitOpen(gate, "websocket", 0);
            client.send("behind");
            assertThat(heard.orTimeout(10, TimeUnit.SECONDS).join()).doesNotContain("behind");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void cutsAWebSocketWhoseClientDoesNotRead() {
        CompletableFuture<Boolean> appSawTheEnd = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    byte[] frame = new byte[4 + 65_000];
                    frame[0] = (byte) 0x82;
                    frame[1] = 126;
                    frame[2] = (byte) (65_000 >> 8);
                    frame[3] = (byte) 65_000;
                    try {
                        while (true) {
                            peer.send(frame);
                        }
                    } catch (UncheckedIOException cut) {
                        appSawTheEnd.complete(true);
                    }
                });
                GatewayFixture gate = before(app);
                RawPeer client = RawPeer.connect(gate.address, 16 * 1024)) {
            client.send(UPGRADE).message();
            awaitOpen(gate, "websocket", 1);
            awaitStall(gate);
            revoke(gate);
            assertThat(appSawTheEnd.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    /** Until nothing is written to the client any more: its buffers and ours are full. */
    private static void awaitStall(GatewayFixture gate) {
        long[] last = {-1};
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            long now =
                    io.netty.buffer.ByteBufAllocator.DEFAULT instanceof io.netty.buffer.ByteBufAllocatorMetricProvider m
                            ? m.metric().usedDirectMemory()
                            : 0;
            boolean stalled = now == last[0];
            last[0] = now;
            return stalled;
        });
        assertThat(gate.flow.open).hasSize(1);
    }

    @Test
    void sendsNoSecondCloseFrameBehindTheApplications() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + closeFrame(1000, "bye"));
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            assertThat(client.text(7)).isEqualTo(closeFrame(1000, "bye"));
            awaitOpen(gate, "websocket", 1);
            revoke(gate);
            assertThat(client.rest()).isEmpty();
            client.hangUp();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void closesAWebSocketWhoseClientHasEndedItsHalf() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    assertThat(peer.rest()).isEqualTo("last words");
                    peer.send(frame("heard"));
                    over.get(30, TimeUnit.SECONDS);
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            client.send("last words").endOutput();
            assertThat(client.text(7)).isEqualTo(frame("heard"));
            long revokedNanos = System.nanoTime();
            revoke(gate);
            assertThat(client.rest()).isEqualTo(REVOKED);
            assertDoesNotLinger(gate, revokedNanos);
            over.complete(null);
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void closesAWebSocketWhoseApplicationHasEndedItsHalf() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH + frame("that is all"));
                    peer.endOutput();
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            assertThat(client.rest()).isEqualTo(frame("that is all"));
            awaitOpen(gate, "websocket", 1);
            revoke(gate);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            client.hangUp();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void asksTheClientToTryAgainLaterWhereNobodyCanSayWhetherTheSessionIsLive() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            awaitOpen(gate, "websocket", 1);
            guard.fault = FaultKind.SESSION_CHECK_UNAVAILABLE;
            assertThat(client.rest()).isEqualTo(closeFrame(1013, "The session cannot be checked right now."));
            awaitEnded(gate, "unavailable", 1);
            client.hangUp();
            assertBooksClosed(gate, FaultKind.SESSION_CHECK_UNAVAILABLE);
        }
    }

    @Test
    void closesAWebSocketWhoseTokenExpires() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            guard.closeAt = System.currentTimeMillis() + 1_500;
            client.send(UPGRADE).message();
            assertThat(client.rest()).isEqualTo(closeFrame(1008, "The token has expired."));
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(guard.closeAt);
            awaitEnded(gate, "expired", 1);
        }
    }

    @Test
    void answersAnUpgradeWhoseSessionEndedMeanwhileAsIfItHadBeenAskedLater() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    guard.fault = FaultKind.SESSION_ENDED;
                    peer.send(SWITCH + frame("secret"));
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send(UPGRADE).message();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.body()).contains("session-ended");
            client.hangUp();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void endsAnEventStreamSoThatItDoesNotLookComplete() {
        CompletableFuture<Boolean> appSawTheEnd = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(EVENTS);
                    appSawTheEnd.complete(peer.ended());
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            client.head();
            assertThat(client.text(14)).isEqualTo("9\r\ndata: 1\n\n\r\n");
            awaitOpen(gate, "event-stream", 1);
            revoke(gate);
            assertThat(client.rest()).isEmpty();
            assertThat(appSawTheEnd.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
            awaitEnded(gate, "revoked", 1);
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void resetsAnEventStreamThatOnlyItsEndWouldEnd() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(EVENTS);
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send("GET /events HTTP/1.0\r\nHost: x\r\n\r\n");
            client.head();
            assertThat(client.text(9)).isEqualTo("data: 1\n\n");
            awaitOpen(gate, "event-stream", 1);
            revoke(gate);
            assertThatThrownBy(client::rest).hasRootCauseInstanceOf(SocketException.class);
        }
    }

    @Test
    void cutsADownloadThatGoesOnForLong() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun");
                    peer.ended();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            client.head();
            assertThat(client.text(5)).isEqualTo("begun");
            awaitOpen(gate, "long-running", 1);
            revoke(gate);
            assertThat(client.rest()).isEmpty();
            assertBooksClosed(gate, FaultKind.SESSION_ENDED);
        }
    }

    @Test
    void answersALongPollWhoseSessionEnds() {
        CompletableFuture<Boolean> appSawTheEnd = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    Message request = peer.message();
                    if (request.startLine().contains("events")) {
                        appSawTheEnd.complete(peer.ended());
                    } else {
                        peer.send(ok("next"));
                    }
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            awaitOpen(gate, "long-running", 1);
            revoke(gate);
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.body()).contains("session-ended");
            assertThat(appSawTheEnd.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
            // Nothing of the answer had come, and so the connection goes on.
            assertThat(client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("next");
        }
    }

    @Test
    void answersAnUploadWhoseSessionEnds() {
        CompletableFuture<Boolean> appSawTheEnd = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    appSawTheEnd.complete(peer.ended());
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\nbegun");
            awaitOpen(gate, "long-running", 1);
            revoke(gate);
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(appSawTheEnd.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
        }
    }

    @Test
    void watchesNoStreamThatHasNoSession() throws IOException {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    peer.send(frame(peer.text(3)));
                    peer.read();
                });
                GatewayFixture gate = before(app);
                RawPeer client = gate.client()) {
            gate.flow.guards = request -> null;
            client.send(UPGRADE).message();
            revoke(gate);
            assertThat(client.send("abc".getBytes(StandardCharsets.US_ASCII)).text(5))
                    .isEqualTo(frame("abc"));
            awaitOpen(gate, "websocket", 0);
        }
    }
}
