package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients and upstreams that are too slow, too many, or asked to leave. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class DeadlineTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void closesAConnectionThatNeverSendsAnything() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(SHORT, LONG, LONG, LONG).before(app);
                RawPeer client = gate.client()) {
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void answers408WhereAHeadDoesNotEnd() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(SHORT, LONG, LONG, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            Message answer = client.send("GET / HTTP/1.1\r\nHo").message();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void closesAnIdleConnection() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(LONG, SHORT, LONG, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            assertThat(client.rest()).isEmpty();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
        }
    }

    @Test
    void answers408WhereABodyPauses() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, SHORT, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello");
            assertThat(client.message().status()).isEqualTo(408);
            assertThat(client.ended()).isTrue();
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void answers408WhereABodyTrickles() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, SHORT, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
            await().pollInterval(SHORT.dividedBy(8))
                    .atMost(SHORT.multipliedBy(12))
                    .until(() -> {
                        client.send("x");
                        return client.in().available() > 0;
                    });
            assertThat(client.message().status()).isEqualTo(408);
        }
    }

    @Test
    void waitsForABodyThatComesSteadily() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, SHORT, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n");
            AtomicInteger sent = new AtomicInteger();
            await().pollInterval(SHORT.dividedBy(8)).until(() -> {
                client.send("x".repeat(1_000));
                return sent.incrementAndGet() == 20;
            });
            assertThat(client.message().status()).isEqualTo(200);
        }
    }

    @Test
    void doesNotHurryAClientThatWaitsToBeAskedForItsBody() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
                    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                    peer.send(ok(peer.text(5)));
                });
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, SHORT, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(100);
            assertThat(client.send("hello").message().body()).isEqualTo("hello");
        }
    }

    @Test
    void endsAnAnswerThatFallsSilent() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
                    peer.read();
                });
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, LONG, SHORT).before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            assertThatThrownBy(client::message).hasMessageContaining("3 of 100");
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_TIMEOUT);
        }
    }

    @Test
    void endsAnAnswerThatIsNotRead() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                    byte[] piece = new byte[100_000];
                    for (int i = 0; i < 1000; i++) {
                        peer.send(piece);
                    }
                });
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, LONG, SHORT).before(app);
                RawPeer client = RawPeer.connect(gate.address, 8 * 1024)) {
            client.send(GET);
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.CLIENT_GONE);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void endsAnUpgradedConnectionThatFallsSilent() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                    peer.read();
                });
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, LONG, SHORT).before(app);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                    .message();
            assertThat(client.rest()).isEmpty();
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void closesConnectionsBeyondTheLimit() {
        LimitsConfig two = new LimitsConfig(8192, 1000, 20, 10_000, 128 * 1024, 2);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(two).before(app);
                RawPeer one = gate.client();
                RawPeer other = gate.client()) {
            one.send(GET).message();
            other.send(GET).message();
            try (RawPeer third = gate.client()) {
                assertThat(third.ended()).isTrue();
            }
            assertThat(gate.count("sessiongate.connections.refused")).isEqualTo(1);
            other.hangUp();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 1);
            try (RawPeer third = gate.client()) {
                assertThat(third.send(GET).message().body()).isEqualTo("x");
            }
        }
    }

    @Test
    void drainsByFinishingWhatIsUnderWay() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Void> go = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    asked.complete(null);
                    go.get();
                    peer.send(ok("done"));
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer busy = gate.client();
                RawPeer idle = gate.client()) {
            idle.send("GET /reply HTTP/1.1\r\nHost: x\r\n\r\n").message();
            busy.send(GET);
            asked.get();
            CompletionStage<Void> drained = gate.server.drain(Duration.ofSeconds(10));
            assertThat(idle.ended()).isTrue();
            assertThatThrownBy(gate::client).hasMessageContaining("refused");
            assertThat(drained.toCompletableFuture()).isNotDone();
            go.complete(null);
            Message answer = busy.message();
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.field("connection")).isEqualTo("close");
            drained.toCompletableFuture().get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void cutsWhatIsLeftWhenTheDrainIsOver() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    asked.complete(null);
                    peer.read();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer busy = gate.client()) {
            busy.send(GET);
            asked.get();
            gate.server.drain(SHORT).toCompletableFuture().get(5, TimeUnit.SECONDS);
            assertThat(busy.ended()).isTrue();
        }
    }

    @Test
    void namesTheAddressThatCannotBeBound() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app)) {
            assertThatThrownBy(() -> gate.another(app)).hasMessageContaining(":" + gate.address.getPort());
        }
    }
}
