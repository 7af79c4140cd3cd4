package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Upstreams that are replaced while requests are under way. */
@ExtendWith(LeakWatch.class)
class ServersComeAndGoTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

    @Test
    void losesNoRequestWhileServersComeAndGo() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(6);
        try (RawUpstream one = RawUpstream.answering(r -> ok("1"));
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                RawUpstream three = RawUpstream.answering(r -> ok("3"));
                GatewayFixture gate = gateway().loops(2).before(one, two)) {
            List<Future<Integer>> served = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                served.add(clients.submit(() -> serve(gate, over)));
            }
            for (int i = 0; i < 60; i++) {
                gate.goOnWith(three);
                gate.goOnWith(two, three);
                gate.upstreams.replace(Map.of());
                gate.goOnWith(one, two);
                int seen = gate.flow.targets.size();
                await().until(() -> gate.flow.targets.size() > seen + 6);
            }
            over.set(true);
            int sum = 0;
            for (Future<Integer> client : served) {
                sum += client.get();
            }
            assertThat(sum).isGreaterThan(360);
            assertThat(gate.count("sessiongate.upstream.errors")).isZero();
            assertThat(gate.count("sessiongate.upstream.retries")).isZero();
        } finally {
            clients.shutdownNow();
        }
    }

    /** POSTs, as those are never repeated: one that is lost is seen. */
    private static int serve(GatewayFixture gate, AtomicBoolean over) {
        int served = 0;
        try (RawPeer client = gate.client()) {
            while (!over.get()) {
                assertThat(client.send(POST).message().status()).isEqualTo(200);
                served++;
            }
        }
        return served;
    }

    @Test
    void finishesWhatIsUnderWayAtAServerThatLeaves() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch replaced = new CountDownLatch(1);
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        try (RawUpstream one = new RawUpstream((peer, n) -> {
                    peer.message();
                    asked.countDown();
                    replaced.await();
                    peer.send(ok("1"));
                    closed.complete(peer.ended());
                });
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().loops(1).before(one);
                RawPeer client = gate.client();
                RawPeer other = gate.client()) {
            client.send(GET);
            asked.await();
            gate.goOnWith(two);
            assertThat(other.send(GET).message().body()).isEqualTo("2");
            replaced.countDown();
            assertThat(client.message().body()).isEqualTo("1");
            assertThat(closed.get()).isTrue();
            assertThat(client.send(GET).message().body()).isEqualTo("2");
            assertThat(one.accepted()).isEqualTo(1);
        }
    }

    @Test
    void closesUnusedConnectionsToAServerThatLeaves() throws Exception {
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        try (RawUpstream one = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(ok("1"));
                    closed.complete(peer.ended());
                });
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().before(one);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("1");
            assertThat(closed).isNotDone();
            gate.goOnWith(two);
            assertThat(closed.get()).isTrue();
        }
    }

    @Test
    void keepsConnectionsToServersThatStay() {
        try (RawUpstream one = RawUpstream.answering(r -> ok("1"));
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().loops(1).before(one);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("1");
            gate.goOnWith(one, two);
            gate.goOnWith(one);
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("1");
            }
            assertThat(one.accepted()).isEqualTo(1);
            assertThat(gate.count("sessiongate.upstream.connects")).isEqualTo(1);
        }
    }

    @Test
    void takesOtherBoundsOfTheSameUpstream() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                GatewayFixture gate = gateway().pool(1, 0).loops(1).before(app);
                RawPeer first = gate.client();
                RawPeer second = gate.client();
                RawPeer third = gate.client()) {
            first.send(GET);
            await().until(() -> app.accepted() == 1);
            assertThat(second.send(GET).message().status()).isEqualTo(503);
            gate.upstreams.replace(Map.of("app", TestUpstreams.bounded(gate.app, 2, 0)));
            assertThat(gate.gauge("sessiongate.upstream.connections.limit")).isEqualTo(2);
            second.send(GET);
            await().until(() -> app.accepted() == 2);
            assertThat(third.send(GET).message().status()).isEqualTo(503);
        }
    }

    @Test
    void servesWhoWasSentToAnUpstreamThatLeft() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("x");
            gate.upstreams.replace(Map.of());
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(gate.upstreams.states()).isEmpty();
            assertThat(client.send(POST).message().body()).isEqualTo("x");
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(gate.count("sessiongate.upstream.errors")).isZero();
        }
    }

    @Test
    void beginsAnewWithAnUpstreamThatComesBack() {
        try (RawUpstream one = RawUpstream.answering(r -> ok("1"));
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().loops(1).before(one);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("1");
            gate.upstreams.replace(Map.of());
            gate.goOnWith(two);
            assertThat(client.send(GET).message().body()).isEqualTo("2");
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isEqualTo(1);
            assertThat(gate.registry
                            .find("sessiongate.upstream.server.requests")
                            .gauges())
                    .hasSize(1);
        }
    }

    @Test
    void takesAnotherAnswerTimeoutForTheNextRequest() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                GatewayFixture gate = gateway().answer(Duration.ofMinutes(5)).before(app);
                RawPeer client = gate.client()) {
            gate.upstreams.replace(Map.of("app", TestUpstreams.answering(gate.app, Duration.ofMillis(50))));
            assertThat(client.send(GET).message().status()).isEqualTo(504);
        }
    }
}
