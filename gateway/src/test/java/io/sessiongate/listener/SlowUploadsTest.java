package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Requests whose body is still on its way hold a share of the connections to an upstream and no more. The pool has four
 * connections, and so two places for uploads.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class SlowUploadsTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String SLOW = "POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String END = "0\r\n\r\n";

    private final RawUpstream app = RawUpstream.answering(r -> ok("x"));

    /** Before clients that a trusted proxy sends, and which are not told apart. */
    private static GatewayFixture.Builder four() {
        return gateway().trusting("127.0.0.0/8").pool(4, 16);
    }

    /** Four places, of which a client gets two where nobody else has one, and one from two on. */
    private static GatewayFixture.Builder eight() {
        return gateway().pool(8, 16);
    }

    private static RawPeer from(String address, GatewayFixture gate) {
        try {
            return new RawPeer(
                    new Socket(gate.address.getAddress(), gate.address.getPort(), InetAddress.getByName(address), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double uploads(GatewayFixture gate) {
        return gate.gauge("sessiongate.upstream.uploads");
    }

    private static double waiting(GatewayFixture gate) {
        return gate.gauge("sessiongate.upstream.uploads.waiting");
    }

    /** So many that send their heads and nothing behind them. */
    private static List<RawPeer> slow(GatewayFixture gate, int count) {
        return IntStream.range(0, count).mapToObj(i -> gate.client().send(SLOW)).toList();
    }

    private static void assertNothingHeld(GatewayFixture gate) {
        await().until(() -> uploads(gate) == 0 && waiting(gate) == 0);
        assertThat(gate.gauge("sessiongate.upstream.waiting")).isZero();
    }

    @Test
    void servesOthersHoweverManyUploadSlowly() {
        try (app;
                GatewayFixture gate = four().before(app);
                RawPeer other = gate.client();
                RawPeer another = gate.client()) {
            List<RawPeer> slow = slow(gate, 10);
            await().until(() -> waiting(gate) == 8);
            assertThat(uploads(gate)).isEqualTo(2);
            assertThat(other.send(GET).message().status()).isEqualTo(200);
            assertThat(another.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
                            .message()
                            .status())
                    .isEqualTo(200);
            assertThat(gate.gauge("sessiongate.upstream.connections.open")).isLessThanOrEqualTo(4);
            slow.forEach(RawPeer::close);
            assertNothingHeld(gate);
        }
    }

    @Test
    void letsTheNextUploadGoOnceOneIsThrough() {
        try (app;
                GatewayFixture gate = four().before(app)) {
            List<RawPeer> slow = slow(gate, 5);
            await().until(() -> uploads(gate) == 2 && waiting(gate) == 3);
            slow.forEach(peer -> peer.send(END));
            slow.forEach(peer -> assertThat(peer.message().status()).isEqualTo(200));
            assertNothingHeld(gate);
            slow.forEach(RawPeer::close);
        }
    }

    @Test
    void letsAnUploadGoOnceItsBodyIsHere() {
        try (app;
                GatewayFixture gate = four().before(app);
                RawPeer third = gate.client()) {
            List<RawPeer> slow = slow(gate, 2);
            await().until(() -> uploads(gate) == 2);
            third.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + "x".repeat(4500));
            await().until(() -> waiting(gate) == 1);
            assertThat(third.send("x".repeat(4500)).message().status()).isEqualTo(200);
            assertThat(uploads(gate)).isEqualTo(2);
            slow.forEach(RawPeer::close);
            assertNothingHeld(gate);
        }
    }

    @Test
    void answers503WhereNoPlaceComesFreeInTime() {
        try (app;
                GatewayFixture gate = four().connect(Duration.ofMillis(300)).before(app);
                RawPeer third = gate.client()) {
            List<RawPeer> slow = slow(gate, 2);
            await().until(() -> uploads(gate) == 2);
            Message busy = third.send(SLOW).message();
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.body()).contains("upstream-busy");
            slow.forEach(RawPeer::close);
            assertNothingHeld(gate);
        }
    }

    @Test
    void answers503AtOnceWhereTooManyWait() {
        try (app;
                GatewayFixture gate = four().pool(4, 1).before(app);
                RawPeer waits = gate.client();
                RawPeer refused = gate.client()) {
            List<RawPeer> slow = slow(gate, 2);
            await().until(() -> uploads(gate) == 2);
            waits.send(SLOW);
            await().until(() -> waiting(gate) == 1);
            assertThat(refused.send(SLOW).message().body()).contains("upstream-busy");
            slow.forEach(RawPeer::close);
            assertThat(waits.send(END).message().status()).isEqualTo(200);
            assertNothingHeld(gate);
        }
    }

    @Test
    void forgetsWhoLeavesTheLine() {
        try (app;
                GatewayFixture gate = four().before(app)) {
            List<RawPeer> slow = slow(gate, 6);
            await().until(() -> waiting(gate) == 4);
            slow.forEach(RawPeer::reset);
            assertNothingHeld(gate);
            await().until(() -> gate.flow.completions.size() == 6);
        }
    }

    @Test
    void givesThePlaceOfAnUploadBackThatWasAnsweredEarly() {
        try (RawUpstream hasty = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send(n <= 2 ? "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno" : ok("x"));
                    peer.read();
                });
                GatewayFixture gate = four().before(hasty)) {
            for (int i = 0; i < 6; i++) {
                try (RawPeer client = gate.client()) {
                    Message answer = client.send(SLOW + "5\r\nhello\r\n").message();
                    assertThat(answer.status()).isEqualTo(i < 2 ? 403 : 200);
                }
            }
            assertNothingHeld(gate);
        }
    }

    @Test
    void countsNoPlaceTwiceWhereTheUpstreamFails() {
        try (RawUpstream bad = new RawUpstream((peer, n) -> peer.head());
                GatewayFixture gate = four().before(bad)) {
            for (int i = 0; i < 6; i++) {
                try (RawPeer client = gate.client()) {
                    assertThat(client.send(SLOW).message().status()).isEqualTo(502);
                }
            }
            assertNothingHeld(gate);
        }
    }

    @Test
    void leavesPlacesToOthersHoweverManyOneClientWants() {
        try (app;
                GatewayFixture gate = eight().before(app);
                RawPeer second = from("127.0.0.2", gate);
                RawPeer third = from("127.0.0.3", gate)) {
            List<RawPeer> slow = slow(gate, 6);
            await().until(() -> waiting(gate) == 4);
            assertThat(uploads(gate)).isEqualTo(2);
            // Past those who stand in the line, and past one another.
            second.send(SLOW);
            await().until(() -> uploads(gate) == 3);
            third.send(SLOW);
            await().until(() -> uploads(gate) == 4);
            assertThat(waiting(gate)).isEqualTo(4);
            assertThat(second.send(END).message().status()).isEqualTo(200);
            assertThat(third.send(END).message().status()).isEqualTo(200);
            slow.forEach(RawPeer::close);
            assertNothingHeld(gate);
        }
    }

    @Test
    void givesAPlaceToAnotherWhoStandsBehindAClientThatHasItsShare() {
        try (app;
                GatewayFixture gate = eight().loops(1).before(app);
                RawPeer second = from("127.0.0.2", gate);
                RawPeer third = from("127.0.0.3", gate);
                RawPeer fourth = from("127.0.0.4", gate)) {
            List<RawPeer> slow = slow(gate, 3);
            await().until(() -> uploads(gate) == 2 && waiting(gate) == 1);
            second.send(SLOW);
            third.send(SLOW);
            await().until(() -> uploads(gate) == 4);
            fourth.send(SLOW);
            await().until(() -> waiting(gate) == 2);
            assertThat(second.send(END).message().status()).isEqualTo(200);
            await().until(() -> uploads(gate) == 4 && waiting(gate) == 1);
            assertThat(fourth.send(END).message().status()).isEqualTo(200);
            slow.forEach(RawPeer::close);
            third.hangUp();
            assertNothingHeld(gate);
        }
    }

    /** Whoever may have a place at once needs no room in the line, which one client has filled. */
    @Test
    void refusesNobodyElseWhereOneClientHasFilledTheLine() {
        try (app;
                GatewayFixture gate = eight().pool(8, 2).before(app);
                RawPeer second = from("127.0.0.2", gate)) {
            List<RawPeer> slow = slow(gate, 4);
            await().until(() -> uploads(gate) == 2 && waiting(gate) == 2);
            second.send(SLOW);
            await().until(() -> uploads(gate) == 3);
            assertThat(second.send(END).message().status()).isEqualTo(200);
            slow.forEach(RawPeer::close);
            assertNothingHeld(gate);
        }
    }

    @Test
    void limitsNoTrustedProxyAsOneClient() {
        try (app;
                GatewayFixture gate = eight().trusting("127.0.0.1").before(app);
                RawPeer stranger = from("127.0.0.2", gate)) {
            List<RawPeer> slow = slow(gate, 3);
            await().until(() -> uploads(gate) == 3);
            stranger.send(SLOW);
            await().until(() -> uploads(gate) == 4);
            slow.forEach(RawPeer::close);
            assertThat(stranger.send(END).message().status()).isEqualTo(200);
            assertNothingHeld(gate);
        }
    }
}
