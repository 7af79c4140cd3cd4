package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that one server left without an answer, and what another one gets of them. */
@ExtendWith(LeakWatch.class)
class RetriesTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final AtomicInteger read = new AtomicInteger();

    /** Reads requests, and says nothing. */
    private RawUpstream silent() {
        return new RawUpstream((peer, n) -> {
            peer.message();
            read.incrementAndGet();
        });
    }

    /** Until it refuses: what was being accepted as the socket was closed is still served. */
    private static void close(RawUpstream server) {
        server.close();
        await().until(() -> {
            try (RawPeer probe = RawPeer.connect(server.address())) {
                return probe.socket().isClosed();
            } catch (UncheckedIOException refused) {
                return true;
            }
        });
    }

    @Test
    void failsNoIdempotentRequestWhereAServerDiesUnderIt() {
        try (RawUpstream dying = silent();
                RawUpstream well = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .loops(1)
                        .spread(TestUpstreams.ejecting(0, false))
                        .before(dying, well);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 12; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("x");
            }
            assertThat(read).hasValue(6);
            assertThat(gate.registry
                            .get("sessiongate.upstream.retries")
                            .tag("reason", "unanswered")
                            .counter()
                            .count())
                    .isEqualTo(6);
            assertThat(gate.count("sessiongate.upstream.errors")).isZero();
        }
    }

    @Test
    void failsNoRequestWhereAServerIsGoneWithItsKeptConnections() {
        RawUpstream dying = RawUpstream.answering(r -> ok("1"));
        try (RawUpstream well = RawUpstream.answering(r -> ok("2"));
                GatewayFixture gate = gateway().loops(1).before(dying, well);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().body()).isEqualTo("1");
            assertThat(client.send(GET).message().body()).isEqualTo("2");
            close(dying);
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("2");
            }
        } finally {
            dying.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
                "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
                "PATCH / HTTP/1.1\r\nHost: x\r\n\r\n",
            })
    void neverRepeatsWhatMayHaveBeenDone(String request) {
        try (RawUpstream dying = silent();
                RawUpstream well = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().loops(1).before(dying, well);
                RawPeer client = gate.client()) {
            assertThat(client.send(request).message().status()).isEqualTo(502);
            assertThat(read).hasValue(1);
            assertThat(well.accepted()).isZero();
        }
    }

    @Test
    void sendsAPostToAnotherServerWhereOneRefusesTheConnection() {
        RawUpstream gone = silent();
        close(gone);
        try (RawUpstream well = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().loops(1).before(gone, well);
                RawPeer client = gate.client()) {
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
                            .message()
                            .body())
                    .isEqualTo("x");
            assertThat(well.accepted()).isEqualTo(1);
        }
    }

    @Test
    void doesNotRepeatWhatWasAnsweredInPart() {
        try (RawUpstream dying = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("H");
                });
                RawUpstream well = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().loops(1).before(dying, well);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(502);
            assertThat(well.accepted()).isZero();
        }
    }

    @Test
    void goesToEachServerOnce() {
        try (RawUpstream one = silent();
                RawUpstream two = silent();
                RawUpstream three = silent();
                GatewayFixture gate =
                        gateway().loops(1).spread(TestUpstreams.retrying(5)).before(one, two, three);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(502);
            assertThat(read).hasValue(3);
            assertThat(one.accepted()).isEqualTo(1);
            assertThat(two.accepted()).isEqualTo(1);
            assertThat(three.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void triesNoMoreOftenThanAllowed(int attempts) {
        try (RawUpstream one = silent();
                RawUpstream two = silent();
                RawUpstream three = silent();
                GatewayFixture gate = gateway()
                        .loops(1)
                        .spread(TestUpstreams.retrying(attempts))
                        .before(one, two, three);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(502);
            assertThat(read).hasValue(1 + attempts);
        }
    }

    @Test
    void stopsRepeatingWhereTooMuchIsRepeatedAlready() {
        AtomicInteger held = new AtomicInteger();
        try (RawUpstream dying = silent();
                RawUpstream slow = new RawUpstream((peer, n) -> {
                    peer.message();
                    held.incrementAndGet();
                    peer.read();
                });
                GatewayFixture gate = gateway().loops(1).before(dying, slow);
                RawPeer a = gate.client();
                RawPeer b = gate.client();
                RawPeer c = gate.client();
                RawPeer d = gate.client()) {
            int sent = 0;
            for (RawPeer client : new RawPeer[] {a, b, c}) {
                // In turn: one to the server that dies, and from there on, and one to the other.
                client.send(GET);
                int now = ++sent;
                await().until(() -> held.get() == now);
                if (now < 3) {
                    try (RawPeer direct = gate.client()) {
                        direct.send(GET);
                        await().until(() -> held.get() == now + 1);
                    }
                    held.decrementAndGet();
                }
            }
            assertThat(gate.count("sessiongate.upstream.retries")).isEqualTo(3);
            RawPeer direct = gate.client();
            direct.send(GET);
            await().until(() -> held.get() == 4);
            assertThat(d.send(GET).message().status()).isEqualTo(502);
            assertThat(gate.count("sessiongate.upstream.retries.refused")).isEqualTo(1);
            a.hangUp();
            await().until(() -> gate.flow.completions.stream().anyMatch(x -> x.status() == 499));
            direct.close();
        }
    }
}
