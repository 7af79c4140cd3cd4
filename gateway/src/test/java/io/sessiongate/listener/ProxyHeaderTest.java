package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.TlsConfig.ClientCertificates;
import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that a proxy passes on with the address of the client in front of them. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class ProxyHeaderTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String VERSION_1 = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    private static final int UDP4 = 0x12;
    private static final int PROXY = 0x21;
    private static final int LOCAL = 0x20;

    private static GatewayFixture.Builder builder() {
        return gateway()
                .trusting("127.0.0.0/8")
                .listeners(
                        new ListenerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).behindProxies());
    }

    private static RawUpstream app() {
        return RawUpstream.answering(r -> ok("x"));
    }

    /** Section 2.2 of the specification. */
    private static byte[] version2(int command, int protocol, String from, String to, int extensionBytes) {
        try {
            byte[] source = InetAddress.getByName(from).getAddress();
            byte[] target = InetAddress.getByName(to).getAddress();
            ByteBuffer header = ByteBuffer.allocate(16 + 2 * source.length + 4 + extensionBytes);
            header.put(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a"))
                    .put((byte) command)
                    .put((byte) protocol)
                    .putShort((short) (header.capacity() - 16))
                    .put(source)
                    .put(target)
                    .putShort((short) 56_324)
                    .putShort((short) 443);
            if (extensionBytes > 0) {
                header.put((byte) 0xea).putShort((short) (extensionBytes - 3));
            }
            return header.array();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static byte[] both(byte[] one, byte[] other) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(one);
        both.writeBytes(other);
        return both.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static void assertServedAs(String address, byte[] header) {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send(both(header, bytes(GET))).message().body()).isEqualTo("x");
            assertThat(gate.flow.peers.get(0)).isEqualTo(address);
            // The next request of the connection is the same client's.
            assertThat(client.send(GET).message().body()).isEqualTo("x");
            assertThat(gate.flow.peers.get(1)).isEqualTo(address);
        }
    }

    private static void assertClosed(byte[] header) {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().before(app);
                RawPeer client = gate.client()) {
            client.send(both(header, bytes(GET)));
            assertThat(client.ended()).isTrue();
            await().untilAsserted(
                            () -> assertThat(refused(gate, "proxy_header")).isEqualTo(1));
            assertThat(app.heads()).isEmpty();
            await().untilAsserted(() ->
                    assertThat(gate.gauge("sessiongate.connections.open")).isZero());
        }
    }

    private static double refused(GatewayFixture gate, String reason) {
        return gate.registry
                .get("sessiongate.connections.refused")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @Test
    void takesTheAddressFromVersion1() {
        assertServedAs("203.0.113.7", bytes(VERSION_1));
    }

    @Test
    void takesAnAddressOfIpv6() {
        assertServedAs("2001:db8:0:0:0:0:0:7", bytes("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n"));
        assertServedAs("2001:db8:0:0:0:0:0:7", version2(PROXY, TCP6, "2001:db8::7", "2001:db8::1", 0));
    }

    @Test
    void takesTheAddressFromVersion2AndLeavesExtensionsAlone() {
        assertServedAs("203.0.113.7", version2(PROXY, TCP4, "203.0.113.7", "192.0.2.1", 200));
    }

    @Test
    void staysWithTheAddressOfTheConnectionWhereTheProxySpeaksForItself() {
        assertServedAs("127.0.0.1", version2(LOCAL, TCP4, "203.0.113.7", "192.0.2.1", 0));
        assertServedAs("127.0.0.1", bytes("PROXY UNKNOWN\r\n"));
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void readsAHeaderThatComesOctetByOctet(TransportKind kind) {
        for (byte[] header : new byte[][] {bytes(VERSION_1), version2(PROXY, TCP4, "203.0.113.7", "192.0.2.1", 9)}) {
            try (RawUpstream app = app();
                    GatewayFixture gate = builder().transport(kind).before(app);
                    RawPeer client = gate.client()) {
                byte[] all = both(header, bytes(GET));
                for (byte octet : all) {
                    client.send(new byte[] {octet});
                }
                assertThat(client.message().body()).isEqualTo("x");
                assertThat(gate.flow.peers.get(0)).isEqualTo("203.0.113.7");
            }
        }
    }

    @Test
    void readsAHeaderCutAnywhere() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().before(app)) {
            byte[] all = both(bytes(VERSION_1), bytes(GET));
            for (int cut = 1; cut < VERSION_1.length() + 3; cut++) {
                try (RawPeer client = gate.client()) {
                    client.send(Arrays.copyOf(all, cut));
                    client.send(Arrays.copyOfRange(all, cut, all.length));
                    assertThat(client.message().body()).as("cut at %d", cut).isEqualTo("x");
                }
            }
            assertThat(gate.flow.peers).containsOnly("203.0.113.7");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 56324\r\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 56324 65536\r\n",
                "PROXY TCP4 203.0.113.256 192.0.2.1 56324 443\r\n",
                "PROXY TCP4 2001:db8::7 2001:db8::1 56324 443\r\n",
                "PROXY TCP4 localhost localhost 56324 443\r\n",
                "PROXY UDP4 203.0.113.7 192.0.2.1 56324 443\r\n",
                "proxy TCP4 203.0.113.7 192.0.2.1 56324 443\r\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443 and more than a header of version 1 ever has, until it has gone"
                        + " beyond all bounds"
            })
    void closesAConnectionThatBeginsWithAnythingElse(String header) {
        assertClosed(bytes(header));
    }

    @Test
    void closesAConnectionWithAWrongHeaderOfVersion2() {
        assertClosed(version2(PROXY, UDP4, "203.0.113.7", "192.0.2.1", 0));
        assertClosed(version2(PROXY, 0x41, "203.0.113.7", "192.0.2.1", 0));
        assertClosed(version2(0x22, TCP4, "203.0.113.7", "192.0.2.1", 0));
        assertClosed(version2(0x31, TCP4, "203.0.113.7", "192.0.2.1", 0));
        assertClosed(version2(PROXY, TCP6, "203.0.113.7", "192.0.2.1", 0));
        assertClosed(version2(PROXY, TCP4, "203.0.113.7", "192.0.2.1", 5_000));
    }

    @Test
    void closesAConnectionWhoseHeaderDoesNotCome() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder()
                        .timeouts(
                                Duration.ofMillis(200),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5))
                        .before(app);
                RawPeer client = gate.client()) {
            client.send("PROXY TCP4 ");
            assertThat(client.ended()).isTrue();
            assertThat(refused(gate, "proxy_header")).isEqualTo(1);
        }
    }

    @Test
    void closesTheConnectionOfWhoIsNotTrusted() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().trusting("192.0.2.0/24").before(app);
                RawPeer client = gate.client()) {
            assertThat(client.ended()).isTrue();
            assertThat(refused(gate, "untrusted")).isEqualTo(1);
        }
    }

    @Test
    void saysNothingOfAConnectionThatOnlyLooksWhetherSomebodyIsHere() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().before(app)) {
            gate.client().close();
            await().untilAsserted(() -> assertThat(gate.registry
                            .get("sessiongate.connections.accepted")
                            .counter()
                            .count())
                    .isEqualTo(1));
            await().untilAsserted(() ->
                    assertThat(gate.gauge("sessiongate.connections.open")).isZero());
            assertThat(refused(gate, "proxy_header")).isZero();
        }
    }

    @Test
    void countsConnectionsByTheAddressOfTheClient() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder()
                        .limits(new LimitsConfig(8192, 1000, 20, 100_000, 128 * 1024, 1000, 1, 100, LimitsConfig.AUTO))
                        .before(app);
                RawPeer first = gate.client();
                RawPeer second = gate.client();
                RawPeer other = gate.client()) {
            assertThat(first.send(VERSION_1 + GET).message().body()).isEqualTo("x");
            assertThat(second.send(VERSION_1 + GET).ended()).isTrue();
            assertThat(refused(gate, "address")).isEqualTo(1);
            assertThat(other.send("PROXY TCP4 203.0.113.8 192.0.2.1 56324 443\r\n" + GET)
                            .message()
                            .body())
                    .isEqualTo("x");
            first.hangUp();
            await().untilAsserted(() -> {
                try (RawPeer third = gate.client()) {
                    assertThat(third.send(VERSION_1 + GET).message().body()).isEqualTo("x");
                }
            });
        }
    }

    @Test
    void speaksHttp2BehindTheHeader() {
        try (RawUpstream app = app();
                GatewayFixture gate = builder().before(app);
                Http2Peer client =
                        Http2Peer.silent(gate.address).raw(bytes(VERSION_1)).begin()) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("x");
            assertThat(gate.flow.peers.get(0)).isEqualTo("203.0.113.7");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BORINGSSL", "JDK"})
    void agreesOnTlsBehindTheHeader(TlsConfig.Provider provider, @TempDir Path folder) throws IOException {
        TestCertificates certificates = new TestCertificates();
        TlsConfig tls = new TlsConfig(
                List.of(TestCertificates.write(folder, "app", certificates.server("app.test"))),
                TlsConfig.PROTOCOLS,
                ClientCertificates.NONE,
                Duration.ofSeconds(5),
                100,
                Duration.ofHours(1),
                100,
                provider);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (RawUpstream app = app();
                GatewayFixture gate = builder()
                        .listeners(new ListenerConfig(any, tls).behindProxies())
                        .before(app);
                Socket plain = new Socket(gate.address.getAddress(), gate.address.getPort())) {
            plain.getOutputStream().write(bytes(VERSION_1));
            try (RawPeer client = new RawPeer(certificates
                    .believing(null)
                    .getSocketFactory()
                    .createSocket(plain, "app.test", gate.address.getPort(), true))) {
                assertThat(client.send(GET).message().body()).isEqualTo("x");
                assertThat(gate.flow.peers.get(0)).isEqualTo("203.0.113.7");
            }
        }
    }
}
