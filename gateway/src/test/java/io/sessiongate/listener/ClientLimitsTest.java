package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What one client may take: connections of its address, requests of a connection, time for a body nobody wants. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class ClientLimitsTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void closesConnectionsOfAnAddressThatHasEnough() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(limits(2, 100)).before(app);
                RawPeer one = gate.client();
                RawPeer two = gate.client()) {
            one.send(GET).message();
            two.send(GET).message();
            try (RawPeer third = gate.client();
                    RawPeer stranger = from("127.0.0.2", gate.address)) {
                assertThat(third.ended()).isTrue();
                assertThat(stranger.send(GET).message().status()).isEqualTo(200);
            }
            assertThat(refused(gate, "address")).isEqualTo(1);
            assertThat(refused(gate, "total")).isZero();
            assertThat(gate.gauge("sessiongate.connections.most")).isEqualTo(2);
            two.hangUp();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 1);
            try (RawPeer third = gate.client()) {
                assertThat(third.send(GET).message().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void letsATrustedProxyHaveAsManyAsItLikes() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().limits(limits(1, 100)).trusting("127.0.0.1").before(app);
                RawPeer one = gate.client();
                RawPeer two = gate.client()) {
            assertThat(one.send(GET).message().status()).isEqualTo(200);
            assertThat(two.send(GET).message().status()).isEqualTo(200);
            assertThat(gate.gauge("sessiongate.connections.clients")).isZero();
        }
    }

    @Test
    void endsAConnectionThatHasCarriedAllItsRequests() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(limits(100, 3)).before(app);
                RawPeer client = gate.client()) {
            client.send(GET + GET + GET + GET);
            assertThat(client.message().field("connection")).isEmpty();
            assertThat(client.message().field("connection")).isEmpty();
            Message last = client.message();
            assertThat(last.body()).isEqualTo("x");
            assertThat(last.field("connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
            assertThat(gate.flow.targets).hasSize(3);
            assertThat(gate.count("sessiongate.connections.spent")).isEqualTo(1);
        }
    }

    @Test
    void endsAConnectionBehindAnAnswerOfItsOwnAsWell() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(limits(100, 1)).before(app);
                RawPeer client = gate.client()) {
            Message answer =
                    client.send("GET /reply HTTP/1.1\r\nHost: x\r\n\r\n").message();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void givesTheRestOfAnUnwantedBodyNoMoreTimeThanOnePause() {
        Duration pause = Duration.ofMillis(400);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate =
                        gateway().timeouts(LONG, LONG, pause, LONG).before(app);
                RawPeer client = gate.client()) {
            client.send("POST /reply HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(401);
            await().pollInterval(pause.dividedBy(8))
                    .atMost(pause.multipliedBy(20))
                    .until(() -> {
                        try {
                            client.send("x");
                            return gate.gauge("sessiongate.connections.open") == 0;
                        } catch (UncheckedIOException cut) {
                            return true;
                        }
                    });
        }
    }

    @Test
    void asksForNoMoreOfABodyThanConfigured() {
        Duration pause = Duration.ofMillis(400);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .timeouts(new TimeoutsConfig(LONG, LONG, pause, LONG, 0, LONG))
                        .before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n");
            int[] left = {30};
            await().pollInterval(pause.dividedBy(8)).until(() -> {
                client.send("x");
                return --left[0] == 0;
            });
            assertThat(client.message().status()).isEqualTo(200);
        }
    }

    @Test
    void asksForAsMuchOfABodyAsConfigured() {
        Duration pause = Duration.ofMillis(400);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .timeouts(new TimeoutsConfig(LONG, LONG, pause, LONG, 1_000_000, LONG))
                        .before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            await().pollInterval(pause.dividedBy(8))
                    .atMost(pause.multipliedBy(20))
                    .until(() -> {
                        client.send("x".repeat(1_000));
                        return client.in().available() > 0;
                    });
            assertThat(client.message().status()).isEqualTo(408);
        }
    }

    private static LimitsConfig limits(int perAddress, int requests) {
        return new LimitsConfig(8192, 1000, 20, 100_000_000, 128 * 1024, 1000, perAddress, requests, LimitsConfig.AUTO);
    }

    private static double refused(GatewayFixture gate, String reason) {
        return gate.registry
                .get("sessiongate.connections.refused")
                .tag("reason", reason)
                .counter()
                .count();
    }

    private static RawPeer from(String address, InetSocketAddress to) {
        try {
            return new RawPeer(new Socket(to.getAddress(), to.getPort(), InetAddress.getByName(address), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
