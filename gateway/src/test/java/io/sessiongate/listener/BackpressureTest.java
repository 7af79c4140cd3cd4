package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Bodies far larger than what the gateway may hold, with a peer that at first does not read at all. The size is 256 MiB;
 * {@code -Dsessiongate.test.bodyBytes=1073741824} makes it 1 GiB.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class BackpressureTest {

    private static final long BODY_BYTES = Long.getLong("sessiongate.test.bodyBytes", 256L * 1024 * 1024);
    private static final int PIECE_BYTES = 64 * 1024;

    /** What one exchange may hold in the gateway: both write buffers, a read in flight each, and the allocator's slack. */
    private static final long HELD_BYTES = 8L * 1024 * 1024;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong mostHeld = new AtomicLong();

    @Test
    void holdsBackAnUpstreamWhoseClientReadsSlowly() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
                    push(peer);
                    peer.read();
                });
                GatewayFixture gate = gateway().loops(1).before(app);
                RawPeer client = RawPeer.connect(gate.address, 64 * 1024)) {
            long before = held();
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200");
            assertStalls();
            assertThat(held() - before).isLessThan(HELD_BYTES);
            assertThat(drain(client.in(), BODY_BYTES)).isEqualTo(BODY_BYTES);
            assertThat(mostHeld.get() - before).isLessThan(HELD_BYTES);
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).responseBodyBytes()).isEqualTo(BODY_BYTES);
        }
    }

    @Test
    void holdsBackAClientWhoseUpstreamReadsSlowly() {
        CompletableFuture<Void> read = new CompletableFuture<>();
        CompletableFuture<Long> received = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream(
                        (peer, n) -> {
                            peer.head();
                            read.get();
                            received.complete(drain(peer.in(), BODY_BYTES));
                            peer.send(ok("thanks"));
                            peer.read();
                        },
                        64 * 1024);
                GatewayFixture gate = gateway().loops(1).before(app);
                RawPeer client = gate.client()) {
            long before = held();
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
            CompletableFuture<Void> pushing = CompletableFuture.runAsync(() -> push(client));
            assertStalls();
            assertThat(held() - before).isLessThan(HELD_BYTES);
            read.complete(null);
            assertThat(received.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(BODY_BYTES);
            pushing.orTimeout(10, TimeUnit.SECONDS).join();
            assertThat(client.message().body()).isEqualTo("thanks");
            assertThat(mostHeld.get() - before).isLessThan(HELD_BYTES);
            assertThat(gate.flow.completions).hasSizeLessThanOrEqualTo(1);
        }
    }

    private void push(RawPeer peer) {
        byte[] piece = new byte[PIECE_BYTES];
        for (long left = BODY_BYTES; left > 0; left -= PIECE_BYTES) {
            peer.send(piece);
            sent.addAndGet(PIECE_BYTES);
        }
    }

    /** The sender comes to a stop with most of the body unsent: only the kernel's buffers and ours are full. */
    private void assertStalls() {
        AtomicLong last = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(300)).until(() -> last.getAndSet(sent.get()) == sent.get());
        assertThat(sent.get()).isPositive().isLessThan(BODY_BYTES / 4);
    }

    private long drain(InputStream in, long bytes) {
        try {
            byte[] buffer = new byte[PIECE_BYTES];
            long total = 0;
            while (total < bytes) {
                int read = in.read(buffer);
                if (read < 0) {
                    break;
                }
                total += read;
                mostHeld.accumulateAndGet(held(), Math::max);
            }
            return total;
        } catch (IOException e) {
            return -1;
        }
    }

    private static long held() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }
}
