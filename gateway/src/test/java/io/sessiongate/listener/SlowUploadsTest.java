package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
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

    private static GatewayFixture.Builder four() {
        return gateway().pool(4, 16);
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
                GatewayFixture gate = gateway().pool(4, 1).before(app);
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
}
