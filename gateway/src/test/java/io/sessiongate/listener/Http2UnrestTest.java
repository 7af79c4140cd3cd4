package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.TransportKind;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Answer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many streams of one connection at once, whose bodies come and go in pieces of all sizes (seeded), while the client widens its windows by
 * little and gives some up: all others come back whole, and nothing is left.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2UnrestTest {

    private static final int STREAMS = Integer.getInteger("sessiongate.test.http2Streams", 40);
    private static final int AT_ONCE = 12;
    private static final int LARGEST = 100_000;
    private static final int WINDOW = 65_535;

    /** Sends back what came, by its length or in chunks. */
    private static void serve(RawPeer peer) throws Exception {
        while (true) {
            RawPeer.Message message = peer.message();
            String body = message.body();
            if (message.startLine().contains("/length")) {
                peer.send(RawUpstream.ok(body));
                continue;
            }
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            int size = Math.max(1, body.length() / 20);
            for (int from = 0; from < body.length(); from += size) {
                String chunk = body.substring(from, Math.min(body.length(), from + size));
                peer.send(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n");
            }
            peer.send("0\r\nx-end: yes\r\n\r\n");
        }
    }

    /** One that is under way. */
    private static final class Echo {
        private final String body;

        /** Octets, there and back, behind which it is given up. */
        private final int most;

        private int sent;
        private int acknowledged;
        private boolean ended;

        Echo(String body, int most) {
            this.body = body;
            this.most = most;
        }
    }

    private static final class Client {
        private final Random random;
        private final Http2Peer peer;
        private final Map<Integer, Echo> open = new LinkedHashMap<>();
        private int opened;
        private int whole;
        private long sentOfAll;
        private long taken;
        private long allowed = WINDOW;
        private boolean moved;

        Client(Http2Peer peer, long seed) {
            this.peer = peer;
            this.random = new Random(seed);
        }

        void run() throws IOException {
            while (opened < STREAMS || !open.isEmpty()) {
                boolean full = opened == STREAMS || open.size() == AT_ONCE;
                moved = !full;
                if (!full && random.nextInt(4) == 0) {
                    open();
                }
                for (Map.Entry<Integer, Echo> each : List.copyOf(open.entrySet())) {
                    step(each.getKey(), each.getValue());
                }
                // Where there is nothing to be done the next frame is waited for, and not for ever.
                while (peer.socket().getInputStream().available() > 0 || !moved) {
                    hear();
                }
            }
        }

        private void open() {
            opened++;
            boolean inChunks = random.nextBoolean();
            String body = Integer.toString(opened % 10).repeat(random.nextInt(LARGEST));
            String target = random.nextBoolean() ? "/length" : "/chunks";
            String path = random.nextInt(4) == 0 ? target + "/later" : target;
            String[] fields = inChunks
                    ? request("POST", path)
                    : request("POST", path, "content-length", Integer.toString(body.length()));
            int most = random.nextInt(6) == 0 ? random.nextInt(LARGEST) : Integer.MAX_VALUE;
            open.put(peer.open(false, fields), new Echo(body, most));
        }

        private void step(int stream, Echo echo) {
            Answer seen = peer.seen(stream);
            if (seen.ended || seen.reset >= 0) {
                assertThat(seen.text()).isEqualTo(echo.body);
                whole++;
                moved = true;
                open.remove(stream);
                return;
            }
            if (echo.sent + seen.body.size() > echo.most) {
                moved = true;
                peer.reset(stream, 8);
                open.remove(stream);
                return;
            }
            send(stream, echo, seen);
            int owed = seen.body.size() - echo.acknowledged;
            moved |= owed > 0;
            if (owed > 0 && random.nextInt(3) == 0) {
                int some = random.nextBoolean() ? owed : 1 + random.nextInt(owed);
                peer.window(stream, some);
                echo.acknowledged += some;
            }
        }

        private void send(int stream, Echo echo, Answer seen) {
            long room = Math.min(WINDOW + seen.granted - echo.sent, allowed - sentOfAll);
            int left = echo.body.length() - echo.sent;
            int size = (int) Math.min(Math.min(left, room), 1 + random.nextInt(random.nextBoolean() ? 20 : 16_384));
            if (!echo.ended && (size > 0 || left == 0)) {
                moved = true;
                echo.ended = size == left && (left == 0 || random.nextBoolean());
                peer.data(stream, echo.body.substring(echo.sent, echo.sent + size), echo.ended);
                echo.sent += size;
                sentOfAll += size;
            }
        }

        private void hear() {
            Frame frame = peer.heard();
            assertThat(frame).isNotNull();
            moved = true;
            if (frame.type() == Http2Peer.WINDOW_UPDATE && frame.stream() == 0) {
                allowed += frame.increment();
            } else if (frame.type() == DATA) {
                taken += frame.payload().length;
                if (taken > 20_000 || frame.has(END_STREAM)) {
                    peer.window(0, (int) Math.max(1, taken));
                    taken = 0;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"EPOLL", "IO_URING"})
    void bringsEveryBodyBackWhole(TransportKind kind) throws IOException {
        try (RawUpstream app = new RawUpstream((peer, number) -> serve(peer));
                GatewayFixture gate =
                        gateway().transport(kind).pool(5, 64).loops(1).before(app);
                Http2Peer wire = Http2Peer.connect(gate.address, 4, 10_000)) {
            Client client = new Client(wire, Long.getLong("sessiongate.test.http2Seed", 1));
            client.run();
            assertThat(client.whole).isGreaterThan(STREAMS / 4);
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
            await().until(() -> gate.gauge("sessiongate.http2.streams.open") == 0);
            assertThat(gate.flow.open).isEmpty();
            assertThat(gate.flow.surplus).hasValue(0);
        }
    }
}
