package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each loop accepts for itself, all loops carry alike, and a port has one gateway. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class ListeningTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /** Listening sockets on a port, as the system has them. */
    private static long sockets(int port) throws IOException {
        String local = String.format(Locale.ROOT, ":%04X ", port);
        long count = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try (Stream<String> lines = Files.lines(Path.of(table))) {
                // "local remote state": the remote of a listening socket is port 0, its state 0A.
                count += lines.filter(line -> line.contains(local) && line.contains(":0000 0A "))
                        .count();
            }
        }
        return count;
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void listensOnEveryLoopAndNowhereAfterADrain(TransportKind kind) throws IOException {
        int port;
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().transport(kind).loops(3).before(app)) {
            port = gate.address.getPort();
            assertThat(sockets(port)).isEqualTo(3);
            gate.server.drain(Duration.ZERO);
            assertThat(sockets(port)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void givesEveryLoopItsShareOfTheConnections(TransportKind kind) {
        List<RawPeer> clients = new ArrayList<>();
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().transport(kind).loops(2).before(app)) {
            for (int i = 1; i <= 40; i++) {
                RawPeer client = gate.client();
                clients.add(client);
                assertThat(client.send(GET).message().body()).isEqualTo("x");
                int first = gate.server.loads().get(0);
                int second = gate.server.loads().get(1);
                assertThat(first + second).isEqualTo(i);
                assertThat(Math.abs(first - second)).isLessThanOrEqualTo(1 + i / 16);
            }
        } finally {
            clients.forEach(RawPeer::close);
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void startsOnlyOneGatewayOnAPortHoweverCloseTheyStart(TransportKind kind) throws Exception {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"))) {
            for (int i = 0; i < 10; i++) {
                GatewayFixture.Builder builder = gateway().transport(kind).loops(2);
                try (GatewayFixture free = gateway().before(app)) {
                    builder.port = free.address.getPort();
                }
                List<CompletableFuture<GatewayFixture>> starts = Stream.generate(() -> CompletableFuture.supplyAsync(
                                () -> builder.before(app), task -> new Thread(task, "start").start()))
                        .limit(2)
                        .toList();
                int started = 0;
                for (CompletableFuture<GatewayFixture> start : starts) {
                    try {
                        start.join();
                        started++;
                    } catch (CompletionException e) {
                        assertThat(e.getCause()).hasMessageContaining("Address already in use");
                    }
                }
                for (CompletableFuture<GatewayFixture> start : starts) {
                    if (!start.isCompletedExceptionally()) {
                        start.join().close();
                    }
                }
                assertThat(started).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void refusesToShareAPortWithAGatewayThatRuns(TransportKind kind) throws IOException {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().transport(kind).before(app)) {
            long before = sockets(gate.address.getPort());
            for (TransportKind other : TransportKind.values()) {
                GatewayFixture.Builder second = gateway().transport(other);
                second.port = gate.address.getPort();
                assertThatThrownBy(() -> second.before(app))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("cannot listen on localhost:" + gate.address.getPort() + ": ")
                        .hasMessageContaining("Address already in use");
            }
            assertThat(sockets(gate.address.getPort())).isEqualTo(before);
        }
    }

    @Test
    void keepsAConnectionWhereItWasAcceptedWhileThatIsFair() {
        DefaultEventLoop one = new DefaultEventLoop();
        DefaultEventLoop other = new DefaultEventLoop();
        DefaultEventLoop none = new DefaultEventLoop();
        LoopLoads loads = new LoopLoads(List.<EventLoop>of(one, other));
        List<EmbeddedChannel> open = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            EmbeddedChannel connection = new EmbeddedChannel();
            open.add(connection);
            loads.place(connection, none);
        }
        assertThat(loads.open()).containsExactly(16, 16);

        for (int i = 0; i < 3; i++) {
            assertThat(loads.place(new EmbeddedChannel(), one)).isSameAs(one);
        }
        assertThat(loads.place(new EmbeddedChannel(), one)).isSameAs(other);
        assertThat(loads.open()).containsExactly(19, 17);

        open.forEach(connection -> connection.close().syncUninterruptibly());
        assertThat(loads.open()).containsExactly(3, 1);
    }
}
