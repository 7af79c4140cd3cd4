package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.Balance;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.upstream.ServerState;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which server gets a request, and how many. */
@ExtendWith(LeakWatch.class)
class BalanceTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void givesTheNextRequestToTheServerWithLessToDo() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawUpstream.Script script = (peer, n) -> {
            while (true) {
                boolean holds = peer.message().startLine().contains("/hold");
                if (holds) {
                    over.await();
                }
                peer.send(ok(""));
            }
        };
        try (RawUpstream one = new RawUpstream(script);
                RawUpstream two = new RawUpstream(script);
                GatewayFixture gate = gateway()
                        .loops(2)
                        .spread(TestUpstreams.balanced(Balance.LEAST_REQUESTS))
                        .before(one, two);
                RawPeer holder = gate.client();
                RawPeer client = gate.client()) {
            holder.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
            await().until(() -> one.accepted() + two.accepted() == 1);
            RawUpstream busy = one.accepted() == 1 ? one : two;
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET).message().status()).isEqualTo(200);
            }
            assertThat(busy.accepted()).isEqualTo(1);
            assertThat(gate.upstreams.states().stream()
                            .mapToInt(ServerState::inFlight)
                            .sum())
                    .isEqualTo(1);
            over.countDown();
            assertThat(holder.message().status()).isEqualTo(200);
            await().until(() -> gate.upstreams.states().stream()
                            .mapToInt(ServerState::inFlight)
                            .sum()
                    == 0);
        }
    }

    @Test
    void givesAllRequestsOfASessionToOneServer() {
        try (RawUpstream one = RawUpstream.answering(r -> ok("1"));
                RawUpstream two = RawUpstream.answering(r -> ok("2"));
                RawUpstream three = RawUpstream.answering(r -> ok("3"));
                GatewayFixture gate = gateway()
                        .loops(2)
                        .spread(TestUpstreams.balanced(Balance.SESSION))
                        .before(one, two, three)) {
            Map<Integer, Set<String>> served = new HashMap<>();
            for (int client = 0; client < 4; client++) {
                try (RawPeer peer = gate.client()) {
                    for (int session = 0; session < 24; session++) {
                        Message answer = peer.send("GET / HTTP/1.1\r\nHost: x\r\nX-Key: s" + session + "\r\n\r\n")
                                .message();
                        served.computeIfAbsent(session, key -> new HashSet<>()).add(answer.body());
                    }
                }
            }
            assertThat(served.values()).allMatch(servers -> servers.size() == 1);
            Set<String> all = new HashSet<>();
            served.values().forEach(all::addAll);
            assertThat(all).containsExactlyInAnyOrder("1", "2", "3");
        }
    }

    @Test
    void givesAServerNoMoreRequestsThanItMayHave() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawUpstream.Script script = (peer, n) -> {
            while (true) {
                peer.message();
                over.await();
                peer.send(ok("x"));
            }
        };
        try (RawUpstream one = new RawUpstream(script);
                RawUpstream two = new RawUpstream(script);
                GatewayFixture gate = gateway()
                        .loops(2)
                        .spread(TestUpstreams.limited(1, null))
                        .before(one, two);
                RawPeer a = gate.client();
                RawPeer b = gate.client();
                RawPeer c = gate.client();
                RawPeer d = gate.client()) {
            for (RawPeer client : new RawPeer[] {a, b, c, d}) {
                client.send(GET);
            }
            await().until(() -> gate.gauge("sessiongate.upstream.waiting") == 2);
            assertThat(gate.upstreams.states()).allMatch(state -> state.inFlight() == 1);
            assertThat(one.accepted()).isEqualTo(1);
            assertThat(two.accepted()).isEqualTo(1);
            over.countDown();
            for (RawPeer client : new RawPeer[] {a, b, c, d}) {
                assertThat(client.message().body()).isEqualTo("x");
            }
            await().until(() -> gate.upstreams.states().stream()
                            .mapToInt(ServerState::inFlight)
                            .sum()
                    == 0);
            assertThat(gate.gauge("sessiongate.upstream.waiting")).isZero();
        }
    }

    @Test
    void refusesWhoWaitsTooLongForRoomAtAServerAndWhoFindsTheLineFull() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.read();
                });
                GatewayFixture gate = gateway()
                        .loops(1)
                        .pool(64, 1)
                        .spread(TestUpstreams.limited(1, Duration.ofMillis(200)))
                        .before(app);
                RawPeer served = gate.client();
                RawPeer waiting = gate.client();
                RawPeer refused = gate.client()) {
            served.send(GET);
            await().until(() -> app.accepted() == 1);
            waiting.send(GET);
            await().until(() -> gate.gauge("sessiongate.upstream.waiting") == 1);
            assertThat(refused.send(GET).message().body()).contains("upstream-busy");
            assertThat(waiting.message().body()).contains("upstream-busy");
            assertThat(gate.registry
                            .get("sessiongate.upstream.errors")
                            .tag("kind", "upstream-busy")
                            .counter()
                            .count())
                    .isEqualTo(2);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }
}
