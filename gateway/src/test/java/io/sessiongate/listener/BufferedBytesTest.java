package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.config.TransportKind;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many who ask for a lot and read nothing, in front of the one bound on what waits in memory. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class BufferedBytesTest {

    private static final long BOUND = 1024 * 1024;

    /** By which one request under way may exceed it: the read that was allowed, and what Netty counts for its entries. */
    private static final long ONE_READ = 72 * 1024;

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int READERS = 48;

    private static final String READ = "sessiongate.read.buffers";

    /** Of two loops, before they read. */
    private static final double RINGS = 4.0 * 1024 * 1024;

    private volatile boolean go;
    private final List<RawPeer> readers = new ArrayList<>();

    private static GatewayFixture.Builder bounded(Duration unread) {
        return gateway()
                .loops(2)
                .pool(128, 128)
                .limits(new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 128 * 1024, 1000, 1000, 1000, BOUND))
                .timeouts(new TimeoutsConfig(LONG, LONG, LONG, LONG, 240, unread));
    }

    private static double buffered(GatewayFixture gate) {
        return gate.gauge("sessiongate.buffered");
    }

    /** Answers {@code /large} with more than anybody could hold, and all else with little. */
    private static RawUpstream app() {
        return new RawUpstream((peer, n) -> {
            while (true) {
                if (!peer.message().startLine().contains("/large")) {
                    peer.send(ok("small"));
                    continue;
                }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                byte[] piece = new byte[64 * 1024];
                for (int i = 0; i < 15_000; i++) {
                    peer.send(piece);
                }
            }
        });
    }

    private void ask(GatewayFixture gate, String target) {
        RawPeer reader = RawPeer.connect(gate.address, 4 * 1024);
        readers.add(reader.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    private void leave() {
        readers.forEach(RawPeer::reset);
    }

    private static Message get(GatewayFixture gate) {
        try (RawPeer client = gate.client()) {
            return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").message();
        }
    }

    @Test
    void refusesRequestsBeforeMemoryIsInDangerAndServesThemAgainLater() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(LONG).before(app)) {
            for (int i = 0; i < READERS; i++) {
                ask(gate, "/large");
            }
            await().until(() -> {
                assertThat(buffered(gate)).isLessThan(BOUND + READERS * ONE_READ);
                return buffered(gate) > BOUND;
            });
            Message refused = get(gate);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("overloaded");
            assertThat(gate.count("sessiongate.buffered.refused")).isPositive();
            leave();
            await().until(() -> buffered(gate) == 0);
            assertThat(get(gate).body()).isEqualTo("small");
        }
    }

    @Test
    void admitsNoMoreOnceTheBoundIsReached() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(LONG).before(app)) {
            double before = -1;
            while (buffered(gate) <= BOUND) {
                assertThat(buffered(gate))
                        .as("one more reader is one more backlog")
                        .isGreaterThan(before);
                double now = buffered(gate);
                before = now;
                ask(gate, "/large");
                await().until(() -> buffered(gate) > now);
            }
            int admitted = readers.size();
            assertThat(admitted)
                    .as("those beyond half of the bound got one read")
                    .isLessThan(READERS);
            for (int i = 0; i < READERS; i++) {
                ask(gate, "/large");
            }
            await().until(() -> gate.count("sessiongate.buffered.refused") == READERS);
            assertThat(buffered(gate)).isLessThan(BOUND + 2 * ONE_READ);
            assertThat(app.accepted()).isLessThanOrEqualTo(admitted);
            leave();
            await().until(() -> buffered(gate) == 0);
        }
    }

    @Test
    void servesWhoReadsWhileOthersDoNot() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(LONG).before(app);
                RawPeer good = gate.client()) {
            good.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").head();
            for (int i = 0; i < READERS; i++) {
                ask(gate, "/large");
            }
            await().until(() -> buffered(gate) > BOUND);
            assertThat(good.text(50_000_000)).hasSize(50_000_000);
            leave();
        }
    }

    @Test
    void cutsWhoTakesNothingWhileTooMuchWaits() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(Duration.ofMillis(500)).before(app)) {
            for (int i = 0; i < READERS; i++) {
                ask(gate, "/large");
            }
            await().until(() -> buffered(gate) > BOUND);
            await().until(() -> gate.count("sessiongate.buffered.cut") > 0 && buffered(gate) <= BOUND);
            assertThat(get(gate).body()).isEqualTo("small");
            assertThat(gate.flow.completions)
                    .anySatisfy(cut -> assertThat(cut.fault()).isEqualTo(FaultKind.CLIENT_GONE));
            leave();
            await().until(() -> buffered(gate) == 0);
        }
    }

    @Test
    void countsHeadsThatDoNotEndAndAnswersThemBeforeMemoryIsInDanger() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(LONG).before(app)) {
            String head = "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + "x".repeat(17_000);
            for (int i = 0; i < 80; i++) {
                readers.add(gate.client().send(head));
            }
            await().until(() -> gate.count("sessiongate.buffered.refused") > 0);
            assertThat(buffered(gate)).isLessThan(BOUND + ONE_READ);
            assertThat(readers).anySatisfy(slow -> {
                assertThat(slow.in().available()).isPositive();
                assertThat(slow.message().status()).isEqualTo(503);
            });
            leave();
            await().until(() -> buffered(gate) == 0);
            assertThat(get(gate).body()).isEqualTo("small");
        }
    }

    @Test
    void countsWhatWaitsForTheClientOfAnUpgradedConnection() {
        try (RawUpstream chatty = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                    // One frame without an end.
                    peer.send(new byte[] {(byte) 0x82, 127, 0, 0, 127, 0, 0, 0, 0, 0});
                    byte[] piece = new byte[64 * 1024];
                    while (true) {
                        peer.send(piece);
                    }
                });
                GatewayFixture gate = bounded(LONG).before(chatty);
                RawPeer client = RawPeer.connect(gate.address, 64 * 1024)) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 101");
            await().until(() -> buffered(gate) > 16 * 1024);
            assertThat(client.text(20_000_000)).hasSize(20_000_000);
            await().until(() -> buffered(gate) > 16 * 1024);
            client.reset();
            await().until(() -> buffered(gate) == 0);
        }
    }

    @Test
    void countsLargeHeadsUntilTheirRequestIsOver() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        peer.message();
                        await().atMost(LONG).until(() -> go);
                        peer.send(ok("x"));
                    }
                });
                GatewayFixture gate = bounded(LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + "x".repeat(17_000) + "\r\n\r\n");
            await().until(() -> buffered(gate) >= 17_000);
            go = true;
            assertThat(client.message().body()).isEqualTo("x");
            await().until(() -> buffered(gate) == 0);
        }
    }

    @Test
    void freesTheUpstreamOfAClientThatLeavesInTheMiddleOfAnAnswerItDoesNotRead() {
        try (RawUpstream app = app();
                GatewayFixture gate = bounded(LONG).before(app)) {
            ask(gate, "/large");
            await().until(() -> buffered(gate) > 16 * 1024);
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isEqualTo(1);
            readers.get(0).hangUp();
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(buffered(gate)).isZero();
        }
    }

    @Test
    void readsAnswersIntoTheRingWithIoUring() {
        try (RawUpstream app = app();
                GatewayFixture gate =
                        bounded(LONG).transport(TransportKind.IO_URING).before(app)) {
            await().until(() -> gate.gauge(READ) == RINGS);
            ask(gate, "/large");
            await().until(() -> gate.gauge(READ) > RINGS);
            leave();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void countsWhatAnUpstreamDoesNotTake(TransportKind kind) {
        try (RawUpstream app = new RawUpstream(
                        (peer, n) -> {
                            peer.head();
                            await().atMost(LONG).until(() -> peer.socket().isClosed());
                        },
                        4 * 1024);
                GatewayFixture gate = bounded(LONG).transport(kind).before(app);
                RawPeer client = gate.client()) {
            client.socket().setSoTimeout(0);
            Thread pushing = new Thread(() -> push(client));
            pushing.setDaemon(true);
            pushing.start();
            // More than is read ahead of a body that is not wanted.
            await().untilAsserted(() -> assertThat(buffered(gate)).isGreaterThan(84 * 1024));
            assertThat(gate.gauge(READ)).satisfies(bytes -> {
                if (kind == TransportKind.IO_URING) {
                    assertThat(bytes).as("the client is read into the ring").isGreaterThan(RINGS);
                } else {
                    assertThat(bytes).isZero();
                }
            });
            client.reset();
            await().until(() -> buffered(gate) == 0);
        } catch (java.net.SocketException e) {
            throw new AssertionError(e);
        }
    }

    private static void push(RawPeer client) {
        try {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
            byte[] piece = new byte[64 * 1024];
            while (true) {
                client.send(piece);
            }
        } catch (java.io.UncheckedIOException over) {
            // the end of the test
        }
    }

    @Test
    void countsWhatIsReadAheadOfAnAnswer() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.read();
                });
                GatewayFixture gate = bounded(LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
            await().until(() -> buffered(gate) >= 3_000);
            client.hangUp();
            await().until(() -> buffered(gate) == 0);
        }
    }
}
