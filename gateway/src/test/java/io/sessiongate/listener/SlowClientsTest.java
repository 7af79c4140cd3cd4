package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A thousand who are slow on purpose: with their heads, with their bodies, or with everything; and one who is not. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class SlowClientsTest {

    private static final int CLIENTS = 1_000;
    private static final Duration DEADLINE = Duration.ofSeconds(1);

    @Test
    void cutsAThousandSlowConnectionsOffWhileOthersAreServed() {
        LimitsConfig limits = new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 128 * 1024, 2_000);
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .limits(limits)
                        .timeouts(DEADLINE, DEADLINE, DEADLINE, Duration.ofSeconds(60))
                        .connect(DEADLINE)
                        .pool(64, 1_000)
                        .before(app)) {
            List<Slow> slow = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                slow.add(new Slow(gate, i));
            }
            await().until(() -> gate.gauge("sessiongate.connections.open") > CLIENTS / 2);
            // Some of them were over before the last had come. What none may do is to go on by sending a byte now and
            // then.
            await().pollInterval(DEADLINE.dividedBy(10))
                    .atMost(DEADLINE.multipliedBy(20))
                    .until(() -> {
                        assertThat(get(gate).status()).isEqualTo(200);
                        slow.forEach(Slow::trickle);
                        return gate.gauge("sessiongate.connections.open") == 0;
                    });
            await().until(() -> gate.gauge("sessiongate.upstream.uploads") == 0);
            assertThat(gate.gauge("sessiongate.upstream.uploads.waiting")).isZero();
            slow.forEach(Slow::close);
        }
    }

    private static Message get(GatewayFixture gate) {
        try (RawPeer good = gate.client()) {
            return good.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").message();
        }
    }

    /** Sends a byte whenever it is told to, and never looks at an answer. */
    private static final class Slow {

        private final SocketChannel channel;
        private final String sends;
        private final String trickles;

        Slow(GatewayFixture gate, int number) {
            switch (number % 4) {
                case 0 -> {
                    sends = "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ";
                    trickles = "x";
                }
                case 1 -> {
                    sends = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
                    trickles = "x";
                }
                case 2 -> {
                    sends = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
                    trickles = "1\r\nx\r\n";
                }
                default -> {
                    sends = number % 8 == 3 ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n" : "";
                    trickles = "";
                }
            }
            try {
                channel = SocketChannel.open(gate.address);
                channel.configureBlocking(false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            write(sends);
        }

        void trickle() {
            write(trickles);
        }

        private void write(String text) {
            try {
                if (channel.isOpen() && !text.isEmpty()) {
                    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
                }
            } catch (IOException cut) {
                close();
            }
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
