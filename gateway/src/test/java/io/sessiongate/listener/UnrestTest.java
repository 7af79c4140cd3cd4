package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many clients and servers that misbehave at random (seeded), and then the books: every request over exactly once, no
 * place in the pool lost, no answer given to the wrong request, no buffer dropped.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class UnrestTest {

    private static final int CLIENTS = 24;
    private static final int ROUNDS = 60;

    private final AtomicInteger served = new AtomicInteger();

    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"EPOLL", "IO_URING", "NIO"})
    void keepsItsBooksWhereEverybodyMisbehaves(TransportKind kind) {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try (RawUpstream one = new RawUpstream(UnrestTest::misbehave);
                RawUpstream other = new RawUpstream(UnrestTest::misbehave);
                GatewayFixture gate = gateway()
                        .transport(kind)
                        .loops(2)
                        .pool(8, 100)
                        .connect(Duration.ofSeconds(2))
                        .upstreamIdle(Duration.ofMillis(50))
                        .before(one, other)) {
            List<CompletableFuture<Void>> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> client(gate, new Random(i)), threads))
                    .toList();
            clients.forEach(CompletableFuture::join);
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(gate.gauge("sessiongate.upstream.connections.idle")).isZero();
            assertThat(gate.gauge("sessiongate.upstream.waiting")).isZero();
            assertThat(gate.gauge("sessiongate.upstream.uploads")).isZero();
            assertThat(gate.gauge("sessiongate.upstream.uploads.waiting")).isZero();
            assertThat(gate.gauge("sessiongate.buffered")).isZero();
            assertThat(gate.flow.open).isEmpty();
            assertThat(gate.flow.surplus).hasValue(0);
            assertThat(served.get()).isGreaterThan(CLIENTS * ROUNDS / 4);
        } finally {
            threads.shutdownNow();
        }
    }

    private void client(GatewayFixture gate, Random random) {
        RawPeer peer = gate.client();
        for (int i = 0; i < ROUNDS; i++) {
            String id = "/" + random.nextInt(1_000_000_000);
            try {
                if (round(peer, random, id)) {
                    served.incrementAndGet();
                    continue;
                }
            } catch (UncheckedIOException cut) {
                // By one of the servers, or by ourselves; an answer that never comes is another matter.
                assertThat(cut.getCause()).as(id).isNotInstanceOf(SocketTimeoutException.class);
            }
            if (random.nextBoolean()) {
                peer.reset();
            } else {
                peer.close();
            }
            peer = gate.client();
        }
        peer.close();
    }

    /** One request; whether the connection may be used for another. */
    private static boolean round(RawPeer peer, Random random, String id) {
        int act = random.nextInt(10);
        String body = "x".repeat(random.nextInt(5000));
        String head = act < 4 ? "GET " : act < 8 ? "POST " : "PUT ";
        String request = head + id + (random.nextInt(5) == 0 ? "/later" : "") + " HTTP/1.1\r\nHost: x\r\n";
        switch (act) {
            case 0, 1, 2, 3 -> peer.send(request + "\r\n");
            case 4, 5, 6 -> peer.send(request + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            case 7 -> peer.send(request + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
            case 8 -> {
                peer.send(request + "Content-Length: 9999\r\n\r\n" + body);
                return false;
            }
            default -> {
                peer.send(request + "\r\n");
                return false;
            }
        }
        RawPeer.Message answer = peer.message();
        if (answer.status() == 200) {
            assertThat(answer.body()).startsWith(id);
        }
        return !answer.field("connection").equals("close");
    }

    private static void misbehave(RawPeer peer, int number) {
        Random random = new Random(number);
        while (true) {
            RawPeer.Message request = peer.message();
            String id = request.startLine().split(" ", 3)[1];
            String body = id + "y".repeat(random.nextInt(20_000));
            switch (random.nextInt(14)) {
                case 0 -> {
                    return;
                }
                case 1 -> {
                    peer.reset();
                    return;
                }
                case 2 -> {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body);
                    return;
                }
                case 3 ->
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
                case 4 -> {
                    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
                    return;
                }
                case 5 -> {
                    peer.send(ok(body));
                    return;
                }
                case 6 -> {
                    peer.send("nonsense\r\n\r\n");
                    return;
                }
                default -> peer.send(ok(body));
            }
        }
    }

    @Test
    void letsNoLoopStarveWhereThereAreFewerConnectionsThanLoops() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().loops(3).pool(1, 10).before(app)) {
            List<RawPeer> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                clients.add(gate.client());
            }
            for (int round = 0; round < 20; round++) {
                clients.forEach(c -> c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
                clients.forEach(c -> assertThat(c.message().status()).isEqualTo(200));
            }
            clients.forEach(RawPeer::close);
        }
    }
}
