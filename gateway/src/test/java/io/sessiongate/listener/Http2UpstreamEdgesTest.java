package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What servers of HTTP/2 may do that is rare, and what they may not. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2UpstreamEdgesTest {

    private static final String GET = "GET /a?b HTTP/1.1\r\nHost: x.test\r\n\r\n";

    private static final int INITIAL_WINDOW = 4;
    private static final int REFUSED_STREAM = 7;

    @TempDir
    private Path directory;

    private static void answer(Http2Peer peer, int stream, String text) {
        peer.headers(stream, false, ":status", "200").data(stream, text, true);
    }

    @Test
    void keepsAConnectionWhoseWindowIsWidenedBeforeAnyRequest() {
        TestCertificates certificates = new TestCertificates();
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch secondGoesOn = new CountDownLatch(1);
        CountDownLatch calm = new CountDownLatch(1);
        try (Http2Upstream app = Http2Upstream.secure(
                        certificates.serving(certificates.server("localhost"), false),
                        (peer, n) -> {
                            if (n == 2) {
                                second.countDown();
                                secondGoesOn.await();
                            }
                            peer.accept();
                            if (n == 2) {
                                peer.send(WINDOW_UPDATE, 0, 0, new byte[] {0, 1, 0, 0});
                                peer.send(PING, 0, 0, new byte[8]);
                                assertThat(peer.await(PING)).isNotNull();
                                calm.countDown();
                            } else {
                                int first = peer.request();
                                second.await();
                                answer(peer, first, "a");
                                answer(peer, peer.request(), "b");
                            }
                            peer.await(GOAWAY);
                        },
                        "h2");
                GatewayFixture gate = gateway()
                        .loops(1)
                        .http2()
                        .upstreamTls(new UpstreamTls(certificates.authority(directory), null, null))
                        .beforeAny(new ServerAddress.Tcp(
                                InetSocketAddress.createUnresolved(
                                        "localhost", app.address().getPort()),
                                true));
                RawPeer one = gate.client();
                RawPeer other = gate.client()) {
            one.send(GET);
            await().until(() -> app.accepted() == 1);
            other.send(GET);
            // The second request is served on the first connection, as the second takes its time.
            assertThat(one.message().body()).isEqualTo("a");
            assertThat(other.message().body()).isEqualTo("b");
            secondGoesOn.countDown();
            await().until(() -> calm.getCount() == 0);
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isEqualTo(2);
        }
    }

    @Test
    void countsWhatTheWindowsOfAServerDoNotTakeAndGoesOnWhenTheyDo() {
        CountDownLatch some = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(1);
        LimitsConfig tight = new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 128 * 1024, 1000, 1000, 1000, 2048);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 0);
                    answer(peer, peer.request(), "ready");
                    int stream = Objects.requireNonNull(peer.await(Http2Peer.HEADERS)).stream();
                    some.await();
                    peer.window(stream, 500);
                    all.await();
                    peer.window(stream, 9_500);
                    peer.window(stream, 10_000);
                    while (!peer.seen(stream).ended) {
                        assertThat(peer.next()).isNotNull();
                    }
                    answer(peer, stream, "" + peer.seen(stream).text().length());
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().limits(tight).http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client();
                RawPeer other = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("ready");
            String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n";
            client.send(head + "x".repeat(10_000));
            await().until(() -> gate.gauge("sessiongate.buffered") == 10_000);
            assertThat(other.send(GET).message().status()).isEqualTo(503);
            some.countDown();
            await().until(() -> gate.gauge("sessiongate.buffered") == 9_500);
            client.send("x".repeat(10_000));
            all.countDown();
            assertThat(client.message().body()).isEqualTo("20000");
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }

    @Test
    void forgetsWhatWaitedWhereTheServerEndsTheStream() {
        CountDownLatch waits = new CountDownLatch(1);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = Objects.requireNonNull(peer.await(Http2Peer.HEADERS)).stream();
                    waits.await();
                    peer.reset(stream, 8);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n");
            Thread sender = new Thread(() -> client.send("x".repeat(400_000)));
            sender.start();
            await().until(() -> gate.gauge("sessiongate.buffered") > 2048);
            waits.countDown();
            assertThat(client.message().status()).isEqualTo(502);
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }

    /** Refuses the first stream once a frame of this type has come. */
    private static Http2Upstream refusingAtFirst(int type) {
        return new Http2Upstream((peer, n) -> {
            peer.accept();
            if (n == 1) {
                peer.reset(Objects.requireNonNull(peer.await(type)).stream(), REFUSED_STREAM);
            } else {
                answer(peer, peer.request(), "n" + n);
            }
            peer.await(GOAWAY);
        });
    }

    @Test
    void sendsAgainWhatWasNotLookedAtWhateverItAsksFor() {
        try (Http2Upstream app = refusingAtFirst(Http2Peer.HEADERS);
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.message().body()).isEqualTo("n2");
        }
    }

    @ParameterizedTest
    @CsvSource({"application/grpc, 7", "text/plain, -1"})
    void refusesACallOfWhichAPartIsGoneAndWhichNobodyLookedAt(String type, int reset) {
        try (Http2Upstream app = refusingAtFirst(Http2Peer.DATA);
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                Http2Peer client = Http2Peer.connect(gate.address)) {
            int stream = client.open(false, Http2Peer.request("POST", "/", "content-type", type));
            client.data(stream, "abc", true);
            Http2Peer.Answer answer = client.answer(stream);
            assertThat(answer.reset).isEqualTo(reset);
            if (reset < 0) {
                assertThat(answer.status()).isEqualTo(502);
            }
            assertThat(client.answer(client.get("/")).text()).isEqualTo("n2");
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(502);
        }
    }

    @Test
    void keepsToAWindowThatShrinksUnderItsStream() {
        List<Integer> taken = new CopyOnWriteArrayList<>();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 100);
                    answer(peer, peer.request(), "ready");
                    int stream = Objects.requireNonNull(peer.await(Http2Peer.HEADERS)).stream();
                    while (peer.seen(stream).body.size() < 100) {
                        peer.await(Http2Peer.DATA);
                    }
                    peer.settings(INITIAL_WINDOW, 50);
                    peer.window(stream, 40); // still less than nothing
                    assertThat(peer.alive()).isTrue();
                    taken.add(peer.seen(stream).body.size());
                    peer.window(stream, 20);
                    assertThat(peer.alive()).isTrue();
                    taken.add(peer.seen(stream).body.size());
                    peer.settings(INITIAL_WINDOW, 5_000);
                    while (!peer.seen(stream).ended) {
                        assertThat(peer.next()).isNotNull();
                    }
                    answer(peer, stream, "" + peer.seen(stream).text().length());
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("ready");
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1_000));
            assertThat(client.message().body()).isEqualTo("1000");
            assertThat(taken).containsExactly(100, 110);
        }
    }

    @Test
    void doesNotMindTheWindowOfAStreamThatIsOver() {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.window(stream, 100_000);
                    answer(peer, stream, "n" + n);
                    peer.settings(INITIAL_WINDOW, Integer.MAX_VALUE);
                    answer(peer, peer.request(), "n" + n);
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
            assertThat(client.message().body()).isEqualTo("n1");
            assertThat(client.send(GET).message().body()).isEqualTo("n1");
        }
    }

    @Test
    void letsPaddingBeSentAgain() {
        int frames = 5_000; // each counts 257 octets, together more than the window
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.headers(stream, false, ":status", "200");
                    byte[] padded = new byte[257];
                    padded[0] = (byte) 255;
                    byte[] frame = Http2Peer.frame(Http2Peer.DATA, Http2Peer.PADDED, stream, padded);
                    for (int i = 0; i < frames; i++) {
                        long left = (1 << 20) + peer.seen(stream).granted - 257L * i;
                        if (left < 257) {
                            assertThat(peer.await(WINDOW_UPDATE)).isNotNull();
                        }
                        peer.raw(frame);
                    }
                    peer.headers(stream, true, "grpc-status", "0");
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).hasSize(frames);
        }
    }

    /** The windows of the server are heard while nothing of the answer is taken; but it is given no more for what it sends. */
    @Test
    void givesAServerNoMoreThanItsWindowWhileTheClientTakesNothing() {
        int window = 1 << 20;
        CompletableFuture<Long> granted = new CompletableFuture<>();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 0);
                    answer(peer, peer.request(), "ready");
                    int stream = Objects.requireNonNull(peer.await(Http2Peer.HEADERS)).stream();
                    peer.headers(stream, false, ":status", "200");
                    String piece = "x".repeat(16_000);
                    for (int sent = 0; sent + 16_000 <= window; sent += 16_000) {
                        peer.data(stream, piece, false);
                    }
                    assertThat(peer.alive()).isTrue();
                    granted.complete(peer.seen(stream).granted);
                    peer.window(stream, 10_000);
                    while (!peer.seen(stream).ended) {
                        assertThat(peer.next()).isNotNull();
                    }
                    peer.headers(stream, true, "grpc-status", "0");
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().loops(1).http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer first = gate.client();
                Http2Peer client = Http2Peer.connect(gate.address)) {
            assertThat(first.send(GET).message().body()).isEqualTo("ready");
            int stream = client.open(false, Http2Peer.request("POST", "/"));
            client.data(stream, "y".repeat(10_000), false);
            await().until(granted::isDone);
            assertThat(granted.join()).isZero();
            assertThat(gate.gauge("sessiongate.buffered")).isBetween(0.8 * window, 1.1 * window);
            client.window(0, 2 * window).window(stream, 2 * window).data(stream, "", true);
            assertThat(client.answer(stream).text()).hasSize(window / 16_000 * 16_000);
            assertThat(client.seen(stream).trailers).containsEntry("grpc-status", "0");
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }
}
