package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.testing.RawPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
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
}
