package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What must pass at once and unbuffered: events, upgraded connections. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class StreamingTest {

    private static final String UPGRADE = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"
            + "Upgrade: WebSocket\r\nSec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n";
    private static final String SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Accept: def\r\n\r\n";

    @Test
    void passesEachEventAsItComes() {
        CompletableFuture<Void> firstSeen = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    firstSeen.get();
                    peer.send("data: 2\n\n");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.head()).contains("text/event-stream");
            assertThat(client.text(14)).isEqualTo("9\r\ndata: 1\n\n\r\n");
            firstSeen.complete(null);
            assertThat(client.text(19)).isEqualTo("9\r\ndata: 2\n\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void relaysAnUpgradedConnectionBothWays() {
        CompletableFuture<String> head = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    head.complete(peer.head());
                    // Bytes right behind the head must not be lost.
                    peer.send(SWITCH + "hello");
                    while (true) {
                        peer.send("<" + peer.text(3) + ">");
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE + "one");
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.field("sec-websocket-accept")).isEqualTo("def");
            assertThat(answer.field("upgrade")).isEqualTo("websocket");
            assertThat(client.text(10)).isEqualTo("hello<one>");
            assertThat(client.send("two").text(5)).isEqualTo("<two>");
            assertThat(head.orTimeout(10, TimeUnit.SECONDS).join())
                    .containsIgnoringCase("connection: upgrade")
                    .containsIgnoringCase("upgrade: websocket");
            client.hangUp();
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(gate.flow.completions.get(0).status()).isEqualTo(101);
            assertThat(gate.flow.completions.get(0).requestBodyBytes()).isEqualTo(6);
            assertThat(gate.flow.completions.get(0).responseBodyBytes()).isEqualTo(15);
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void passesTheEndOfOneDirectionOfAnUpgradedConnection() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(SWITCH);
                    peer.send("all: " + peer.rest());
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(UPGRADE).message();
            client.send("bytes").endOutput();
            assertThat(client.rest()).isEqualTo("all: bytes");
            await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 0);
        }
    }

    @Test
    void treatsARefusedUpgradeAsAnOrdinaryAnswer() {
        try (RawUpstream app = RawUpstream.answering(r ->
                        r.startLine().contains("socket") ? "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n" : ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(UPGRADE).message().status()).isEqualTo(426);
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("x");
        }
    }

    @Test
    void passesNoOtherUpgradeThanWebSocket() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                            + "HTTP2-Settings: AAMAAABk\r\n\r\n")
                    .message();
            assertThat(app.heads().get(0)).doesNotContainIgnoringCase("upgrade").doesNotContainIgnoringCase("http2");
        }
    }

    @Test
    void refusesAnAnswerThatSwitchesToSomethingElse() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
                    peer.read();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(UPGRADE).message().status()).isEqualTo(502);
        }
    }
}
