package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that refuse, break off, lie or fall silent, and clients that leave. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class UpstreamFailureTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "garbage\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\u0000b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            })
    void answers502WhereTheUpstreamBreaksOffOrTalksNonsense(String nonsense) {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(nonsense);
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 1; i <= 2; i++) {
                assertThat(client.send(GET).message().status()).isEqualTo(502);
                assertThat(app.accepted()).isEqualTo(i);
            }
            assertThat(gate.count("sessiongate.upstream.errors")).isEqualTo(2);
        }
    }

    @Test
    void answers502WhereNobodyListens() {
        RawUpstream gone = new RawUpstream((peer, n) -> {});
        gone.close();
        try (GatewayFixture gate = gateway().before(gone);
                RawPeer client = gate.client()) {
            Message answer = client.send(GET).message();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("upstream-unreachable");
        }
    }

    @Test
    void triesTheNextServerWhereOneRefuses() {
        RawUpstream gone = new RawUpstream((peer, n) -> {});
        gone.close();
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().loops(1).before(gone, app);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("x");
            }
        }
    }

    @Test
    void takesServersInTurn() {
        try (RawUpstream one = RawUpstream.answering(r -> ok("1"));
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().loops(1).before(one, two);
                RawPeer client = gate.client()) {
            StringBuilder served = new StringBuilder();
            for (int i = 0; i < 6; i++) {
                served.append(client.send(GET).message().body());
            }
            assertThat(served.toString()).isEqualTo("121212");
            assertThat(one.accepted() + two.accepted()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            })
    void endsTheClientsConnectionWhereAnAnswerIsCutShort(String cut) {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(cut);
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            assertThatThrownBy(client::message).isInstanceOf(UncheckedIOException.class);
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(200);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.UPSTREAM_BROKE);
        }
    }

    @Test
    void resetsAnHttp10ClientRatherThanPretendToBeComplete() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
            assertThatThrownBy(client::message).hasMessageContaining("reset");
        }
    }

    @Test
    void doesNotTakeAResetForTheEndOfAnAnswer() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\n\r\nabc");
                    peer.text(1);
                    peer.reset();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200");
            client.send("hello");
            assertThat(client.rest()).doesNotContain("0\r\n\r\n");
        }
    }

    @Test
    void neverReadsWhatStandsBehindAnAnswerAsTheNextOne() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        peer.message();
                        peer.send(ok("right") + ok("wrong"));
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 1; i <= 5; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("right");
                assertThat(app.accepted()).isEqualTo(i);
            }
        }
    }

    @Test
    void retriesOnceOnAConnectionThatWasStale() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(ok("first"));
                    peer.message();
                    if (n > 1) {
                        peer.send(ok("again"));
                        peer.read();
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("first");
            Message retried = client.send(GET).message();
            assertThat(retried.body()).isEqualTo("first");
            assertThat(app.accepted()).isEqualTo(2);
            assertThat(gate.count("sessiongate.upstream.retries")).isEqualTo(1);
        }
    }

    @Test
    void neverRetriesTwice() {
        AtomicInteger requests = new AtomicInteger();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    if (requests.incrementAndGet() == 1) {
                        peer.send(ok("first"));
                        peer.message();
                        requests.incrementAndGet();
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("first");
            assertThat(client.send(GET).message().status()).isEqualTo(502);
            assertThat(requests).hasValue(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
                "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
                "PATCH / HTTP/1.1\r\nHost: x\r\n\r\n",
            })
    void neverRetriesWhatIsNotSafeToRepeat(String request) {
        AtomicInteger requests = new AtomicInteger();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    requests.incrementAndGet();
                    peer.send(ok("first"));
                    peer.message();
                    requests.incrementAndGet();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("first");
            assertThat(client.send(request).message().status()).isEqualTo(502);
            assertThat(requests).hasValue(2);
        }
    }

    @Test
    void neverRetriesOnceAByteOfTheBodyWasPassedOn() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(ok("first"));
                    peer.head();
                    peer.text(3);
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("first");
            client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.message().status()).isEqualTo(502);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void neverRetriesOnceAByteOfTheAnswerCame() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(ok("first"));
                    peer.message();
                    peer.send("H");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            assertThat(client.send(GET).message().status()).isEqualTo(502);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void replacesAConnectionThatWasClosedWhileUnused() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send(ok("x"));
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(200);
            assertThat(gate.count("sessiongate.upstream.retries")).isZero();
        }
    }

    @Test
    void closesConnectionsUnusedForTooLong() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().upstreamIdle(Duration.ofMillis(100)).before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isEqualTo(1);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void answers504WhereNoAnswerComes() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                GatewayFixture gate = gateway().answer(Duration.ofMillis(200)).before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(504);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void closesTheUpstreamConnectionWhenTheClientLeaves() throws Exception {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    asked.complete(null);
                    ended.complete(peer.ended());
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            asked.get();
            client.hangUp();
            assertThat(ended.get()).isTrue();
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(499);
            assertThat(gate.flow.completions.get(0).fault()).isEqualTo(FaultKind.CLIENT_GONE);
        }
    }

    @Test
    void closesTheUpstreamConnectionWhenTheClientLeavesDuringAnUpload() throws Exception {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.text(5);
                    asked.complete(null);
                    ended.complete(peer.ended());
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello");
            asked.get();
            client.reset();
            assertThat(ended.get()).isTrue();
        }
    }

    @Test
    void opensNoMoreConnectionsThanAllowed() {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (RawUpstream app = RawUpstream.answering(r -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    String answer = ok("x".repeat(1000));
                    atOnce.decrementAndGet();
                    return answer;
                });
                GatewayFixture gate = gateway().loops(2).pool(3, 100).before(app)) {
            List<RawPeer> clients =
                    IntStream.range(0, 20).mapToObj(i -> gate.client()).toList();
            for (int round = 0; round < 10; round++) {
                clients.forEach(c -> c.send(GET));
                clients.forEach(c -> assertThat(c.message().status()).isEqualTo(200));
            }
            clients.forEach(RawPeer::close);
            assertThat(app.accepted()).isLessThan(150);
            assertThat(most.get()).isLessThanOrEqualTo(3);
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void refusesAsBusyWhereTooManyWait() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                GatewayFixture gate = gateway()
                        .loops(1)
                        .pool(1, 1)
                        .connect(Duration.ofMillis(300))
                        .before(app);
                RawPeer served = gate.client();
                RawPeer waiting = gate.client();
                RawPeer refused = gate.client()) {
            served.send(GET);
            await().until(() -> app.accepted() == 1);
            waiting.send(GET);
            await().until(() -> gate.gauge("sessiongate.upstream.waiting") == 1);
            Message busy = refused.send(GET).message();
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.body()).contains("upstream-busy");
            assertThat(waiting.message().body()).contains("upstream-busy");
        }
    }
}
