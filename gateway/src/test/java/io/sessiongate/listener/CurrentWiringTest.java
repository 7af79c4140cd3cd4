package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which flow and which limits a request meets when they are replaced around it. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class CurrentWiringTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final RecordingFlow next = new RecordingFlow();

    @Test
    void takesTheNextRequestOfAnOpenConnectionThroughTheNewFlow() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            gate.use(next, gateway());
            assertThat(client.send(GET).message().status()).isEqualTo(200);
            assertThat(gate.flow.targets).hasSize(1);
            assertThat(next.targets).hasSize(1);
        }
    }

    @Test
    void endsARequestUnderWayWithTheFlowItBeganWith() {
        CountDownLatch go = new CountDownLatch(1);
        try (RawUpstream app = RawUpstream.answering(r -> {
                    awaited(go);
                    return ok("x");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET);
            await().until(() -> gate.flow.targets.size() == 1);
            gate.use(next, gateway());
            go.countDown();
            assertThat(client.message().status()).isEqualTo(200);
            await().until(() -> gate.flow.completions.size() == 1);
            assertThat(next.completions).isEmpty();
        }
    }

    @Test
    void holdsOtherLimitsFromTheNextHeadOn() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            String large = "GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + "a".repeat(4_000) + "\r\n\r\n";
            assertThat(client.send(large).message().status()).isEqualTo(200);
            gate.use(next, gateway().limits(limits(2_000, 1_000)));
            assertThat(client.send(large).message().status()).isEqualTo(431);
        }
    }

    @Test
    void judgesAHeadThatCameInPartBeforeByTheNewFlow() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(GET).message();
            client.send("GET /reply HTT");
            gate.use(next, gateway().limits(limits(2_000, 1_000)));
            assertThat(client.send("P/1.1\r\nHost: x\r\n\r\n").message().status())
                    .isEqualTo(401);
            await().until(() -> next.completions.size() == 1);
        }
    }

    @Test
    void countsConnectionsByTheNewLimitAndForgetsNoneOfThem() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer one = gate.client();
                RawPeer two = gate.client()) {
            one.send(GET).message();
            two.send(GET).message();
            gate.use(next, gateway().trusting("127.0.0.1").limits(limits(32 * 1024, 1)));
            try (RawPeer proxy = gate.client()) {
                assertThat(proxy.send(GET).message().status()).isEqualTo(200);
            }
            one.hangUp();
            two.hangUp();
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            assertThat(gate.gauge("sessiongate.connections.clients")).isZero();
            gate.use(next, gateway().limits(limits(32 * 1024, 1)));
            try (RawPeer third = gate.client()) {
                assertThat(third.send(GET).message().status()).isEqualTo(200);
                try (RawPeer fourth = gate.client()) {
                    assertThat(fourth.ended()).isTrue();
                }
            }
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static LimitsConfig limits(int headBytes, int perAddress) {
        return new LimitsConfig(
                headBytes, 1_000, 20, 100_000_000, 128 * 1024, 1_000, perAddress, 1_000, LimitsConfig.AUTO);
    }
}
