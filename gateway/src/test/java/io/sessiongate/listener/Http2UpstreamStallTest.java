package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Servers of HTTP/2 that leave something waiting. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2UpstreamStallTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int INITIAL_WINDOW = 4;

    private static byte[] together(byte[]... frames) {
        ByteBuffer all = ByteBuffer.allocate(
                List.of(frames).stream().mapToInt(f -> f.length).sum());
        for (byte[] frame : frames) {
            all.put(frame);
        }
        return all.array();
    }

    private static void answer(Http2Peer peer, int stream, String text) {
        peer.headers(stream, false, ":status", "200").data(stream, text, true);
    }

    /** Its connection lives, and so it says; but nothing of the answer comes. */
    @Test
    void endsAnAnswerThatIsSilentThoughItsServerIsNot() {
        CountDownLatch over = new CountDownLatch(1);
        Duration patient = Duration.ofSeconds(10);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.headers(peer.request(), false, ":status", "200", "x-a", "b");
                    while (!over.await(20, TimeUnit.MILLISECONDS)) {
                        peer.send(PING, 0, 0, new byte[8]);
                        peer.await(PING);
                    }
                });
                GatewayFixture gate = gateway()
                        .timeouts(patient, patient, patient, Duration.ofMillis(200))
                        .http2()
                        .beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            String answer = client.send(GET).rest();
            assertThat(answer).contains("x-a: b").doesNotContain("\r\n0\r\n");
            over.countDown();
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    /** What the windows let go is on its way, even where the answer comes with them and nothing follows on the connection. */
    @Test
    void sendsTheRestOfABodyThatIsAnsweredBeforeItIsThrough() {
        CountDownLatch waits = new CountDownLatch(1);
        List<Integer> taken = new CopyOnWriteArrayList<>();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 0);
                    answer(peer, peer.request(), "ready");
                    int stream = Objects.requireNonNull(peer.await(HEADERS)).stream();
                    // Behind this all of the request has come, and half of it waits.
                    peer.window(stream, 10_000);
                    waits.await();
                    byte[] head = peer.block(":status", "200");
                    peer.raw(together(
                            Http2Peer.frame(WINDOW_UPDATE, 0, stream, Http2Peer.int32(10_000)),
                            Http2Peer.frame(HEADERS, END_HEADERS | END_STREAM, stream, head)));
                    while (!peer.seen(stream).ended) {
                        assertThat(peer.await(DATA)).isNotNull();
                    }
                    taken.add(peer.seen(stream).body.size());
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("ready");
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(20_000));
            await().until(() -> gate.gauge("sessiongate.buffered") == 10_000);
            waits.countDown();
            assertThat(client.message().status()).isEqualTo(200);
            await().until(() -> taken.size() == 1);
            assertThat(taken).containsExactly(20_000);
        }
    }

    /** RFC 9113 section 5.1: on a closed stream nothing but PRIORITY. */
    @Test
    void widensNoWindowOfAStreamThatIsOver() {
        int half = 1 << 19; // of the window, with the last octet
        List<Long> granted = new CopyOnWriteArrayList<>();
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    peer.headers(stream, false, ":status", "200");
                    for (int left = half - 1; left > 0; left -= Math.min(left, 16_384)) {
                        peer.data(stream, "x".repeat(Math.min(left, 16_384)), false);
                    }
                    peer.data(stream, "x", true);
                    int next = peer.request();
                    granted.add(peer.seen(stream).granted);
                    answer(peer, next, "b");
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).hasSize(half);
            assertThat(client.send(GET).message().body()).isEqualTo("b");
            assertThat(granted).containsExactly(0L);
        }
    }

    /** Its answer waits to be read when writing the rest of the request fails. */
    @Test
    void takesTheAnswerOfAServerThatLeavesWithoutReadingTheBody() {
        CountDownLatch full = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept(INITIAL_WINDOW, 1 << 30).window(0, 1 << 30);
                    int stream = Objects.requireNonNull(peer.await(HEADERS)).stream();
                    if (peer.seen(stream).field(":path").equals("/events")) {
                        peer.headers(stream, true, ":status", "200", "content-type", "text/event-stream");
                        peer.await(GOAWAY);
                    } else {
                        full.await();
                        busy.await();
                        peer.headers(stream, true, ":status", "413");
                        peer.close();
                        left.countDown();
                    }
                });
                GatewayFixture gate = gateway().loops(1).http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client();
                RawPeer other = gate.client()) {
            gate.flow.guards = request -> {
                busy.countDown();
                try {
                    left.await(); // the loop hears of the answer and of the end at once
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return null;
            };
            Thread sender = new Thread(() -> {
                try {
                    client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
                    client.send("x".repeat(100_000_000));
                } catch (UncheckedIOException e) {
                    // The connection ends behind the answer.
                }
            });
            sender.start();
            await().until(() -> gate.gauge("sessiongate.buffered") > 64 * 1024);
            full.countDown();
            other.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(other.message().status()).isEqualTo(200);
            assertThat(client.message().status()).isEqualTo(413);
        }
    }

    @Test
    void endsAnAnswerOfFramesWithNothingInThem() {
        byte[] head = Http2Peer.frame(DATA, 0, 1, new byte[0]);
        ByteBuffer flood = ByteBuffer.allocate(2000 * head.length);
        for (int i = 0; i < 2000; i++) {
            flood.put(head);
        }
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    peer.headers(peer.request(), false, ":status", "200", "x-a", "b")
                            .raw(flood.array());
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).rest()).doesNotContain("\r\n0\r\n");
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }
}
