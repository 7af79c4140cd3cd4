package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.testing.RawPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class AdminServerTest {

    private static final int REQUESTS = 2_000;

    @Test
    void closesOnAPeerThatAsksForMoreThanItReads() {
        AtomicInteger made = new AtomicInteger();
        String body = "x".repeat(100_000);
        AdminServer server =
                AdminServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Map.of("/page", () -> {
                    made.incrementAndGet();
                    return Page.text(200, body);
                }));
        try (RawPeer peer = RawPeer.connect(server.address(), 4_096)) {
            peer.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n".repeat(REQUESTS));
            assertThat(peer.ended()).isTrue();
            assertThat(made.get()).isLessThan(REQUESTS / 2);
        } finally {
            server.stop();
        }
    }

    @Test
    void answersAPeerThatReadsAsOftenAsItAsks() {
        AdminServer server = AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Map.of("/page", () -> Page.text(200, "x".repeat(1_000_000))));
        try (RawPeer peer = RawPeer.connect(server.address())) {
            for (int i = 0; i < 20; i++) {
                assertThat(peer.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
                                .message()
                                .body())
                        .hasSize(1_000_000);
            }
        } finally {
            server.stop();
        }
    }

    private static AdminServer withAction() {
        return AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Map.of("/page", () -> Page.text(200, "x")),
                Map.of("/do", ask -> Page.text(200, ask.method() + " " + ask.body().length)));
    }

    private static String post(int length, String... fields) {
        return "POST /do HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n" + String.join("", fields) + "\r\n";
    }

    @Test
    void takesABodyOfItsBound() {
        AdminServer server = withAction();
        try (RawPeer peer = RawPeer.connect(server.address())) {
            assertThat(peer.send(post(65_536) + "x".repeat(65_536)).message().body())
                    .isEqualTo("POST 65536");
        } finally {
            server.stop();
        }
    }

    @Test
    void refusesABodyThatSaysItIsLargerAndGoesOn() {
        AdminServer server = withAction();
        try (RawPeer peer = RawPeer.connect(server.address())) {
            RawPeer.Message answer =
                    peer.send(post(65_537) + "x".repeat(65_537)).message();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.field("content-type")).isEqualTo("application/problem+json");
            assertThat(peer.send(post(1) + "x").message().body()).isEqualTo("POST 1");
        } finally {
            server.stop();
        }
    }

    @Test
    void refusesABodyThatTurnsOutLarger() {
        AdminServer server = withAction();
        try (RawPeer peer = RawPeer.connect(server.address())) {
            peer.send("POST /do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 5; i++) {
                peer.send("4000\r\n" + "x".repeat(0x4000) + "\r\n");
            }
            assertThat(peer.message().status()).isEqualTo(413);
            assertThat(peer.ended()).isTrue();
        } finally {
            server.stop();
        }
    }

    @Test
    void leavesPagesToBeRead() {
        AdminServer server = withAction();
        try (RawPeer peer = RawPeer.connect(server.address())) {
            RawPeer.Message answer = peer.send("POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                    .message();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.field("allow")).isEqualTo("GET, HEAD");
        } finally {
            server.stop();
        }
    }

    /** A loop of Netty's that ends at once may leave what is open on it; with NIO one in three did. */
    @RepeatedTest(60)
    void endsItsConnectionsWhenItStops() {
        AdminServer server = AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Map.of("/page", () -> Page.text(200, "page")));
        try (RawPeer kept = RawPeer.connect(server.address())) {
            assertThat(kept.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("page");
            server.stop();
            assertThat(kept.ended()).isTrue();
        }
    }
}
