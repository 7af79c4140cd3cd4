package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.sessiongate.testing.Http2Noise;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/**
 * Whatever clients send, in whatever pieces: nothing is thrown, nothing is lost, every exchange ends, and what a connection
 * held is given back. The numbers of the connections are their seeds.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2FuzzTest {

    private static final int CONNECTIONS = Integer.getInteger("sessiongate.test.http2Connections", 600);

    /** More than all streams of all connections under way may hold. */
    private static final double MOST_BUFFERED = 32 * 1024 * 1024;

    /** What was logged of exceptions. */
    private static final class Thrown extends AppenderBase<ILoggingEvent> {
        private final List<String> seen = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            IThrowableProxy cause = event.getThrowableProxy();
            String name = cause == null ? "" : cause.getClassName();
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                seen.add(event.getFormattedMessage() + " " + name);
            }
        }
    }

    private static void serve(RawPeer peer) throws Exception {
        while (true) {
            String start = peer.head().lines().findFirst().orElse("");
            if (start.startsWith("HEAD")) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
            } else if (start.contains("/big")) {
                peer.send(ok("b".repeat(200_000)));
            } else if (start.contains("/slow")) {
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                peer.send("0\r\nGrpc-Status: 0\r\n\r\n");
            } else if (start.contains("/broken")) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nonly this");
                return;
            } else if (start.contains("/closing")) {
                return;
            } else {
                peer.send(start.contains("/empty") ? "HTTP/1.1 204 No Content\r\n\r\n" : ok("some octets"));
            }
            if (!start.startsWith("GET") && !start.startsWith("HEAD")) {
                return; // its body is not read
            }
        }
    }

    @Test
    void livesWithWhateverClientsSend() throws IOException {
        Thrown thrown = new Thrown();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        thrown.start();
        root.addAppender(thrown);
        int answered = 0;
        try (RawUpstream app = new RawUpstream((peer, n) -> serve(peer));
                GatewayFixture gate = gateway().before(app)) {
            for (int seed = 0; seed < CONNECTIONS; seed++) {
                answered += connection(gate, seed) ? 1 : 0;
                assertThat(gate.gauge("sessiongate.buffered"))
                        .as("seed %d", seed)
                        .isLessThan(MOST_BUFFERED);
                assertThat(thrown.seen).as("seed %d", seed).isEmpty();
            }
            await().until(() -> gate.gauge("sessiongate.connections.open") == 0);
            await().until(() -> gate.flow.open.isEmpty());
            assertThat(gate.flow.surplus).hasValue(0);
            assertThat(gate.flow.completions).hasSizeGreaterThan(CONNECTIONS);
            assertThat(gate.gauge("sessiongate.http2.streams.open")).isZero();
            assertThat(gate.gauge("sessiongate.http2.connections.open")).isZero();
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
            assertThat(answered).isGreaterThan(CONNECTIONS / 4);
        } finally {
            root.detachAppender(thrown);
        }
        assertThat(thrown.seen).isEmpty();
    }

    /** One connection from its beginning to its end; whether anything beyond settings came. */
    private static boolean connection(GatewayFixture gate, int seed) throws IOException {
        Random random = new Random(31L * seed + 7);
        byte[] input = Http2Noise.connection(random);
        try (Socket socket = new Socket(gate.address.getAddress(), gate.address.getPort())) {
            socket.setTcpNoDelay(true);
            write(socket.getOutputStream(), input, random);
            int come = 0;
            switch (random.nextInt(4)) {
                case 0 -> socket.setSoLinger(true, 0); // a reset
                case 1 -> come = read(socket, 1 + random.nextInt(20));
                default -> {
                    come = read(socket, 1 + random.nextInt(3));
                    socket.shutdownOutput();
                    come += read(socket, 10_000);
                }
            }
            return come > 60;
        }
    }

    private static void write(OutputStream out, byte[] input, Random random) throws IOException {
        try {
            for (int from = 0; from < input.length; ) {
                int most = random.nextBoolean() ? 20 : 5000;
                int bytes = Math.min(input.length - from, 1 + random.nextInt(most));
                out.write(input, from, bytes);
                from += bytes;
            }
        } catch (SocketException closed) {
            // in the middle of it, which is an answer as well
        }
    }

    /** Reads until the end, or nothing has come for so long; how much came. */
    private static int read(Socket socket, int millis) throws IOException {
        byte[] buffer = new byte[16_384];
        InputStream in = socket.getInputStream();
        socket.setSoTimeout(millis);
        int all = 0;
        try {
            for (int bytes = in.read(buffer); bytes >= 0; bytes = in.read(buffer)) {
                all += bytes;
            }
        } catch (SocketTimeoutException quiet) {
            if (millis == 10_000) {
                throw new AssertionError("the connection neither goes on nor ends", quiet);
            }
        } catch (SocketException reset) {
            // an end as well
        }
        return all;
    }
}
