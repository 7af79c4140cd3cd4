package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an application tells the gateway alone: shown to the flow wherever it stands, and kept from the client. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class AnnouncedTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void showsTheHeadOfAnAnswer() {
        try (RawUpstream app =
                        RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nX-REVOKE: head\r\nContent-Length: 0\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().fields()).containsExactly("Content-Length: 0");
            assertThat(gate.flow.announced).containsExactly("head");
        }
    }

    @Test
    void showsWhatTheApplicationNamesAsMeantForThisHop() {
        try (RawUpstream app = RawUpstream.answering(
                        r -> "HTTP/1.1 200 OK\r\nX-Revoke: hop\r\nConnection: X-Revoke\r\nContent-Length: 0\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().fields()).containsExactly("Content-Length: 0");
            assertThat(gate.flow.announced).containsExactly("hop");
        }
    }

    @Test
    void showsInterimAnswers() {
        try (RawUpstream app = RawUpstream.answering(
                        r -> "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Revoke: interim\r\n\r\n" + ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().fields()).containsExactly("Link: </a>");
            assertThat(client.message().body()).isEqualTo("x");
            assertThat(gate.flow.announced).containsExactly("interim");
        }
    }

    @Test
    void showsInterimAnswersThatAreNotPassedOn() {
        try (RawUpstream app =
                        RawUpstream.answering(r -> "HTTP/1.1 100 Continue\r\nX-Revoke: interim\r\n\r\n" + ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(200);
            assertThat(gate.flow.announced).containsExactly("interim");
        }
    }

    @Test
    void showsTrailers() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Revoke: trailer\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send(GET).message();
            assertThat(answer.trailers()).containsExactly("X-Sum: 1");
            assertThat(gate.flow.announced).containsExactly("trailer");
        }
    }

    @Test
    void showsAnAnswerThatSwitchesProtocols() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "X-Revoke: switch\r\n\r\n");
                    peer.read();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n")
                    .message();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.field("x-revoke")).isEmpty();
            assertThat(gate.flow.announced).containsExactly("switch");
        }
    }

    @Test
    void failsARequestWhoseAnswerCannotBeHeard() {
        try (RawUpstream app =
                        RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nX-Revoke: boom\r\nContent-Length: 0\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(500);
        }
    }

    @Test
    void failsARequestWhoseTrailersCannotBeHeardBeforeAnyOfItsAnswerLeft() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nX-Revoke: boom\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(500);
        }
    }

    @Test
    void cutsAnAnswerWhoseTrailersCannotBeHeard() {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                    begun.get();
                    peer.send("0\r\nX-Revoke: boom\r\n\r\n");
                    peer.ended();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).head()).startsWith("HTTP/1.1 200");
            begun.complete(null);
            assertThat(client.rest()).isEqualTo("3\r\nabc\r\n");
        }
    }
}
