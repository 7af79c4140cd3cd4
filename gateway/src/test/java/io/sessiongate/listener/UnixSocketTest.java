package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An application behind a Unix-domain socket is served as one behind a port is. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class UnixSocketTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    private Path folder;

    private Path socket;

    @BeforeEach
    void name() {
        socket = folder.resolve("app.sock");
    }

    private GatewayFixture gate(TransportKind kind) {
        return gateway().transport(kind).beforeAny(new ServerAddress.Unix(socket));
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void forwardsRequestsOverOneConnection(TransportKind kind) {
        try (RawUpstream app = RawUpstream.at(socket, (peer, n) -> {
                    while (true) {
                        Message request = peer.message();
                        peer.send(ok(request.startLine() + "|" + request.field("host")));
                    }
                });
                GatewayFixture gate = gate(kind);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 3; i++) {
                Message answer = client.send("GET /" + i + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .message();
                assertThat(answer.body()).isEqualTo("GET /" + i + " HTTP/1.1|x");
            }
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void forwardsAnUploadToItsLastByte(TransportKind kind) {
        byte[] body = new byte[3 << 20];
        try (RawUpstream app = RawUpstream.at(socket, (peer, n) -> {
                    int length = peer.message().body().length();
                    peer.send(ok("" + length));
                });
                GatewayFixture gate = gate(kind);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
            client.send(body);
            assertThat(client.message().body()).isEqualTo("" + body.length);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void carriesAWebSocketAndTheEndOfEachHalf(TransportKind kind) {
        try (RawUpstream app = RawUpstream.at(socket, (peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                    // Nothing but the end of the client's half lets it come here.
                    String said = peer.rest();
                    peer.send(said + said);
                    peer.endOutput();
                });
                GatewayFixture gate = gate(kind);
                RawPeer client = gate.client()) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(101);
            client.send("\u0081\u0002ab");
            client.endOutput();
            assertThat(client.rest()).isEqualTo("\u0081\u0002ab\u0081\u0002ab");
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void answers502WhereThereIsNoSocketAndServesOnceThereIs(TransportKind kind) {
        try (GatewayFixture gate = gate(kind);
                RawPeer client = gate.client()) {
            Message answer = client.send(GET).message();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("upstream-unreachable").doesNotContain("app.sock");
            try (RawUpstream app = RawUpstream.at(socket, (peer, n) -> {
                peer.message();
                peer.send(ok("late"));
            })) {
                assertThat(client.send(GET).message().body()).isEqualTo("late");
                assertThat(app.accepted()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void answers502WhereNobodyListensOnTheSocket(TransportKind kind) {
        RawUpstream.at(socket, (peer, n) -> {}).close();
        assertThat(socket).exists();
        try (GatewayFixture gate = gate(kind);
                RawPeer client = gate.client()) {
            assertThat(client.send(GET).message().status()).isEqualTo(502);
        }
    }

    @Test
    void triesThePortBesideASocketThatIsAway() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("by port"));
                GatewayFixture gate =
                        gateway().beforeAny(new ServerAddress.Unix(socket), new ServerAddress.Tcp(app.address()));
                RawPeer client = gate.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).message().body()).isEqualTo("by port");
            }
        }
    }

    @Test
    void tellsAnApplicationAFixedHostWhereTheClientNamedNone() {
        try (RawUpstream app = RawUpstream.at(
                        socket,
                        (peer, n) ->
                                peer.send(ok(String.join(",", peer.message().all("host")))));
                GatewayFixture gate = gate(TransportKind.AUTO);
                RawPeer client = gate.client()) {
            assertThat(client.send("GET / HTTP/1.0\r\n\r\n").message().body()).isEqualTo("localhost");
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void waitsWhileTheBacklogIsFull(TransportKind kind) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            try (FullBacklog full = new FullBacklog(socket);
                    GatewayFixture gate = gate(kind);
                    RawPeer client = gate.client()) {
                client.send(GET);
                await().until(() -> gate.gauge("sessiongate.upstream.connections.open") == 1);
                full.drain(server);
                try (SocketChannel ours = server.accept()) {
                    ours.write(ByteBuffer.wrap(ok("patient").getBytes(StandardCharsets.US_ASCII)));
                    assertThat(client.message().body()).isEqualTo("patient");
                }
                assertThat(gate.count("sessiongate.upstream.connect.failures")).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void answers502WhereTheBacklogStaysFullUntilTheConnectTimeout(TransportKind kind) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            try (FullBacklog full = new FullBacklog(socket);
                    GatewayFixture gate = gateway()
                            .transport(kind)
                            .connect(Duration.ofMillis(300))
                            .beforeAny(new ServerAddress.Unix(socket));
                    RawPeer client = gate.client()) {
                assertThat(client.send(GET).message().status()).isBetween(502, 504);
                assertThat(full.waiting).hasSize(2);
            }
        }
    }

    /** As many connections as a socket lets wait. */
    private static final class FullBacklog implements AutoCloseable {
        private final List<SocketChannel> waiting = new ArrayList<>();

        FullBacklog(Path socket) throws IOException {
            // One more than the backlog is let in; the next would block.
            for (int i = 0; i < 2; i++) {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                channel.connect(UnixDomainSocketAddress.of(socket));
                waiting.add(channel);
            }
        }

        void drain(ServerSocketChannel server) throws IOException {
            for (int i = 0; i < waiting.size(); i++) {
                server.accept().close();
            }
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }
}
