package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.upstream.ServerState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Servers that are left out because they fail requests or checks. */
@ExtendWith(LeakWatch.class)
class ServerHealthWireTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    private static final HealthCheckConfig CHECK =
            new HealthCheckConfig("/healthz", Duration.ofMillis(30), Duration.ofSeconds(5), 2, 2, 200, 399);

    private static RawUpstream breaking() {
        return new RawUpstream((peer, n) -> peer.message());
    }

    private static ServerState state(GatewayFixture gate, RawUpstream server) {
        String name = "localhost:" + server.address().getPort();
        return gate.upstreams.states().stream()
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void leavesOutAServerThatFailsRequests() {
        try (RawUpstream bad = breaking();
                RawUpstream good = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .loops(1)
                        .spread(TestUpstreams.ejecting(2, false))
                        .before(bad, good);
                RawPeer client = gate.client()) {
            StringBuilder statuses = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                statuses.append(client.send(POST).message().status()).append(' ');
            }
            assertThat(statuses.toString()).isEqualTo("502 200 502 200 200 200 200 200 ");
            assertThat(bad.accepted()).isEqualTo(2);
            ServerState out = state(gate, bad);
            assertThat(out.in()).isFalse();
            assertThat(out.healthy()).isTrue();
            assertThat(out.ejectedFor()).isBetween(Duration.ofSeconds(30), Duration.ofMinutes(1));
            assertThat(out.lastFailure()).isEqualTo(ServerFailure.BROKE);
            assertThat(state(gate, good).in()).isTrue();
            assertThat(gate.registry
                            .get("sessiongate.upstream.ejections")
                            .tag("reason", "broke")
                            .tag("server", out.name())
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(gate.registry
                            .get("sessiongate.upstream.servers")
                            .tag("state", "ejected")
                            .tag("server", out.name())
                            .gauge()
                            .value())
                    .isEqualTo(1);
        }
    }

    @Test
    void usesAllWhereMoreThanTheFloorAllowsWouldBeOut() {
        try (RawUpstream one = breaking();
                RawUpstream two = breaking();
                GatewayFixture gate = gateway()
                        .loops(1)
                        .spread(TestUpstreams.ejecting(1, false))
                        .before(one, two);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 6; i++) {
                assertThat(client.send(POST).message().status()).isEqualTo(502);
            }
            assertThat(one.accepted()).isEqualTo(3);
            assertThat(two.accepted()).isEqualTo(3);
            assertThat(gate.upstreams.states()).noneMatch(ServerState::in);
        }
    }

    @Test
    void leavesOutAServerThatAnswersTooLate() {
        try (RawUpstream late = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                RawUpstream good = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .loops(1)
                        .answer(Duration.ofMillis(50))
                        .spread(TestUpstreams.ejecting(1, false))
                        .before(late, good);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(504);
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("x");
            }
            assertThat(state(gate, late).lastFailure()).isEqualTo(ServerFailure.TIMEOUT);
        }
    }

    @Test
    void countsAnAnswerOf5xxAsAFailureOnlyWhereAskedTo() {
        String error = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        for (boolean counts : new boolean[] {true, false}) {
            try (RawUpstream bad = RawUpstream.answering(r -> error);
                    RawUpstream good = RawUpstream.answering(r -> ok("x"));
                    GatewayFixture gate = gateway()
                            .loops(1)
                            .spread(TestUpstreams.ejecting(1, counts))
                            .before(bad, good);
                    RawPeer client = gate.client()) {
                for (int i = 0; i < 6; i++) {
                    client.send(GET).message();
                }
                assertThat(bad.heads()).hasSize(counts ? 1 : 3);
            }
        }
    }

    @Test
    void takesAServerOutAndInAsItsChecksSay() {
        AtomicInteger status = new AtomicInteger(200);
        List<String> asked = new CopyOnWriteArrayList<>();
        try (RawUpstream one = RawUpstream.answering(r -> {
                    if (r.startLine().contains("/healthz")) {
                        asked.add(r.startLine() + " " + r.field("host") + " " + r.field("user-agent"));
                        return "HTTP/1.1 " + status.get() + " X\r\nContent-Length: 0\r\n\r\n";
                    }
                    return ok("1");
                });
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate =
                        gateway().loops(1).spread(TestUpstreams.checking(CHECK)).before(one, two);
                RawPeer client = gate.client()) {
            await().until(() -> asked.size() > 1);
            assertThat(asked.get(0))
                    .isEqualTo(
                            "GET /healthz HTTP/1.1 localhost:" + one.address().getPort() + " sessiongate-health-check");
            assertThat(state(gate, one).in()).isTrue();
            status.set(503);
            await().until(() -> !state(gate, one).healthy());
            assertThat(state(gate, one).lastFailure()).isEqualTo(ServerFailure.CHECK);
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(POST).message().body()).isEqualTo("2");
            }
            status.set(204);
            await().until(() -> state(gate, one).healthy());
            StringBuilder served = new StringBuilder();
            for (int i = 0; i < 4; i++) {
                served.append(client.send(POST).message().body());
            }
            assertThat(served.toString()).contains("1").contains("2");
            assertThat(gate.registry
                            .get("sessiongate.upstream.checks")
                            .tag("result", "bad")
                            .tag("server", state(gate, one).name())
                            .counter()
                            .count())
                    .isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void takesAServerOutThatRefusesOrDoesNotAnswerItsChecks() {
        RawUpstream gone = breaking();
        gone.close();
        HealthCheckConfig hasty =
                new HealthCheckConfig("/healthz", Duration.ofMillis(60), Duration.ofMillis(50), 1, 1, 200, 399);
        try (RawUpstream silent = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                RawUpstream broken = breaking();
                RawUpstream rude = RawUpstream.answering(r -> "nonsense\r\n\r\n");
                RawUpstream good = RawUpstream.answering(r -> "HTTP/1.1 103 Early\r\n\r\n" + ok("x"));
                GatewayFixture gate =
                        gateway().spread(TestUpstreams.checking(hasty)).before(gone, silent, broken, rude, good)) {
            for (RawUpstream bad : new RawUpstream[] {gone, silent, broken, rude}) {
                await().until(() -> !state(gate, bad).healthy());
            }
            assertThat(state(gate, good).healthy()).isTrue();
            gate.upstreams.replace(
                    java.util.Map.of("app", gate.app.withSpread(io.sessiongate.config.ServersConfig.STANDARD)));
            await().until(() -> gate.upstreams.states().stream().allMatch(ServerState::healthy));
        }
    }
}
