package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.token.Fingerprint;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Streams that are revoked at random (seeded) while frames of all sizes, cut at random, are on their way, and while both
 * ends come and go. Whatever a client sees of a WebSocket is whole frames up to a close frame, or cut; then the books.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class StreamUnrestTest {

    private static final int CLIENTS = 12;
    private static final int ROUNDS = 40;
    private static final int SESSIONS = 3;

    private final AtomicInteger farewells = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();

    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"EPOLL", "IO_URING", "NIO"})
    void keepsItsBooksAndItsFramesWhereStreamsAreRevokedAllTheTime(TransportKind kind) {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 1);
        AtomicBoolean over = new AtomicBoolean();
        try (RawUpstream app = new RawUpstream(StreamUnrestTest::serve);
                GatewayFixture gate = gateway().transport(kind).loops(2).before(app)) {
            gate.flow.guards = request -> {
                String target = request.head().target();
                return new FakeGuard("default", target.substring(target.length() - 1), "ada");
            };
            CompletableFuture<Void> revoker = CompletableFuture.runAsync(() -> revoke(gate, over), threads);
            CompletableFuture.allOf(IntStream.range(0, CLIENTS)
                            .mapToObj(i -> CompletableFuture.runAsync(() -> client(gate, new Random(i)), threads))
                            .toArray(CompletableFuture[]::new))
                    .join();
            over.set(true);
            revoker.join();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            for (String stream : new String[] {"websocket", "event-stream", "long-running"}) {
                assertThat(gate.registry
                                .get("sessiongate.streams.open")
                                .tag("kind", stream)
                                .gauge()
                                .value())
                        .isZero();
            }
            assertThat(gate.flow.open).isEmpty();
            assertThat(gate.flow.surplus).hasValue(0);
            // How many depends on how fast the machine is; that there were some is what makes the rest mean anything.
            assertThat(farewells).hasValueGreaterThan(0);
            assertThat(cuts).hasValueGreaterThan(0);
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private static void revoke(GatewayFixture gate, AtomicBoolean over) {
        Random random = new Random(42);
        while (!over.get()) {
            String session = Integer.toString(random.nextInt(SESSIONS));
            await().pollDelay(Duration.ofMillis(5 + random.nextInt(30))).until(() -> true);
            gate.server.revocations("default").sessionEnded(Fingerprint.of(session));
        }
    }

    private void client(GatewayFixture gate, Random random) {
        for (int i = 0; i < ROUNDS; i++) {
            boolean socket = random.nextInt(3) > 0;
            int patience = random.nextInt(4) == 0 ? random.nextInt(5) : Integer.MAX_VALUE;
            try (RawPeer peer = gate.client()) {
                String fields = socket ? "Connection: Upgrade\r\nUpgrade: websocket" : "Connection: close";
                peer.send("GET /" + (socket ? "socket" : "events") + random.nextInt(SESSIONS)
                        + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n");
                String head = peer.head();
                if (socket && !head.startsWith("HTTP/1.1 101")) {
                    // It ended while the application thought.
                    assertThat(head).as(() -> peer.text(60)).startsWith("HTTP/1.1 401");
                } else if (socket) {
                    frames(peer, patience, random);
                } else {
                    peer.rest();
                }
            } catch (UncheckedIOException cut) {
                assertThat(cut.getCause()).isNotInstanceOf(SocketTimeoutException.class);
                cuts.incrementAndGet();
            }
        }
    }

    private void frames(RawPeer peer, int patience, Random random) {
        for (int i = 0; i < patience; i++) {
            int first = peer.read();
            if (first < 0) {
                cuts.incrementAndGet();
                return;
            }
            int length = octet(peer);
            length = length < 126 ? length : octet(peer) << 8 | octet(peer);
            String payload = peer.text(length);
            if (first == 0x88) {
                assertThat(payload).isEqualTo("\u0003\u00f0The session has ended.");
                assertThat(peer.read()).isNegative();
                farewells.incrementAndGet();
                return;
            }
            assertThat(first).isEqualTo(0x82);
            assertThat(payload).isEqualTo("x".repeat(length));
            if (random.nextInt(10) == 0) {
                peer.send("\u0082\u0081abcd.");
            }
        }
    }

    private static int octet(RawPeer peer) {
        return peer.text(1).charAt(0);
    }

    private static void serve(RawPeer peer, int number) {
        Random random = new Random(number);
        String head = peer.head();
        if (head.contains("/events")) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            for (int i = random.nextInt(20); i > 0; i--) {
                peer.send("data: " + "x".repeat(random.nextInt(2_000)) + "\n\n");
            }
            if (random.nextBoolean()) {
                peer.ended();
            }
            return;
        }
        peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            int length = random.nextBoolean() ? random.nextInt(126) : 126 + random.nextInt(60_000);
            out.write(0x82);
            if (length < 126) {
                out.write(length);
            } else {
                out.write(126);
                out.write(length >> 8);
                out.write(length);
            }
            out.writeBytes("x".repeat(length).getBytes(StandardCharsets.US_ASCII));
            byte[] bytes = out.toByteArray();
            int to = random.nextInt(4) == 0 ? bytes.length : random.nextInt(bytes.length + 1);
            peer.send(Arrays.copyOf(bytes, to));
            out.reset();
            out.write(bytes, to, bytes.length - to);
            switch (random.nextInt(400)) {
                case 0 -> {
                    return;
                }
                case 1 -> {
                    peer.ended();
                    return;
                }
                case 2 -> {
                    peer.reset();
                    return;
                }
                default -> {
                    // goes on
                }
            }
        }
    }
}
