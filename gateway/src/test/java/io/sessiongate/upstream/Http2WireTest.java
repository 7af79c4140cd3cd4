package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.ServersConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A connection of HTTP/2 that no request is under way on. */
@ExtendWith(LeakWatch.class)
class Http2WireTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final byte[] QUESTION = Http2Peer.frame(Http2Peer.PING, 0, 0, new byte[8]);

    private final Transport transport = Transport.of("NIO", 1);
    private final AtomicLong now = new AtomicLong();
    private final ServerNames names = new ServerNames(now::get);
    private final EmbeddedChannel channel = new EmbeddedChannel(Unheard.HANDLER);

    @AfterEach
    void close() throws Exception {
        channel.finishAndReleaseAll();
        names.close();
        transport.close(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private void open() {
        UpstreamConfig config = new UpstreamConfig(
                "app",
                List.of(new ServerAddress.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))),
                4,
                4,
                LONG,
                LONG,
                LONG,
                50,
                UpstreamTls.STANDARD,
                ServersConfig.STANDARD,
                UpstreamProtocol.HTTP2);
        Surroundings around = new Surroundings(
                transport,
                new Dialer(transport),
                names,
                64 * 1024,
                new UpstreamMeters(new SimpleMeterRegistry()),
                now::get);
        Upstream upstream = new Upstream(config, null, around);
        LoopServer server = upstream.settings().servers[0].on(0);
        UpstreamConnection connection =
                new UpstreamConnection(upstream.on(0), server, channel, 64 * 1024, new HeadStorages());
        assertThat(connection.http2()).isTrue();
    }

    /** They come slowly enough to be answered, and the answers are left lying. */
    @Test
    void endsWhereTheServerDoesNotReadWhatItAsksFor() {
        open();
        channel.pipeline()
                .fireChannelRead(Unpooled.wrappedBuffer(Http2Peer.frame(Http2Peer.SETTINGS, 0, 0, new byte[0])));
        int asked = 0;
        while (channel.isOpen() && asked < 200_000) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(11));
            ByteBuf round = Unpooled.buffer(500 * QUESTION.length);
            for (int i = 0; i < 500; i++) {
                round.writeBytes(QUESTION);
            }
            channel.pipeline().fireChannelRead(round);
            asked += 500;
        }
        assertThat(channel.isOpen()).isFalse();
        assertThat(asked).isGreaterThan((1 << 20) / 40);
    }
}
