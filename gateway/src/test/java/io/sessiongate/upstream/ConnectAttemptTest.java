package io.sessiongate.upstream;

import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.Transport;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawUpstream;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/** Connections that are closed before they stand, as by an event that was meant for another one. */
@ExtendWith(LeakWatch.class)
class ConnectAttemptTest {

    private final Transport transport = Transport.of("NIO", 1);
    private final EventLoop loop = transport.loops().get(0);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ServerNames names = new ServerNames(System::nanoTime);
    private final RawUpstream app = RawUpstream.answering(r -> ok("x"));
    private final AtomicInteger dialled = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        app.close();
        names.close();
        transport.close(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void triesOnceMoreWhereAConnectionIsClosedBeforeItStands() throws Exception {
        assertThat(connect(1, app)).isNull();
        assertThat(dialled).hasValue(2);
        assertThat(failures()).isZero();
    }

    @Test
    void doesNotTryAThirdTime() throws Exception {
        assertThat(connect(2, app)).isEqualTo(FaultKind.UPSTREAM_UNREACHABLE);
        assertThat(dialled).hasValue(2);
        assertThat(failures()).isEqualTo(1);
        assertThat(app.accepted()).isZero();
    }

    @Test
    void goesOnToTheNextServerWhereItIsClosedTwice() throws Exception {
        try (RawUpstream other = RawUpstream.answering(r -> ok("x"))) {
            assertThat(connect(2, app, other)).isNull();
            assertThat(dialled).hasValue(3);
            assertThat(failures()).isEqualTo(1);
            assertThat(app.accepted()).isZero();
        }
    }

    @Test
    void doesNotAskAServerAgainThatRefuses() throws Exception {
        app.close();
        assertThat(connect(0, app)).isEqualTo(FaultKind.UPSTREAM_UNREACHABLE);
        assertThat(dialled).hasValue(1);
        assertThat(failures()).isEqualTo(1);
    }

    @Test
    void dialsOnceWhereAllIsWell() throws Exception {
        assertThat(connect(0, app)).isNull();
        assertThat(dialled).hasValue(1);
        assertThat(failures()).isZero();
    }

    /** As where epoll reads from a socket that does not stand yet. */
    @Test
    void warnsOfNothingThatIsToldAnyway() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger netty = (Logger) LoggerFactory.getLogger("io.netty.channel.DefaultChannelPipeline");
        logged.start();
        netty.addAppender(logged);
        try {
            assertThat(connect(2, app)).isEqualTo(FaultKind.UPSTREAM_UNREACHABLE);
            assertThat(connect(0, app)).isNull();
        } finally {
            netty.detachAppender(logged);
        }
        assertThat(logged.list).isEmpty();
    }

    /** TCP stands, and TLS would begin, when the upstream turns out to speak none any more. */
    @Test
    void goesToAServerOfTheConfigurationThatCameMeanwhile() throws Exception {
        try (RawUpstream plain = RawUpstream.answering(r -> ok("x"))) {
            UpstreamConfig secure = config(new ServerAddress.Tcp(app.address(), true));
            Upstream upstream = new Upstream(secure, UpstreamSecurity.of(secure), around(0));
            Ended ended = new Ended();
            loop.execute(() -> {
                upstream.on(0).acquire(ended);
                upstream.change(config(new ServerAddress.Tcp(plain.address())), null);
            });
            assertThat(ended.told.get(10, TimeUnit.SECONDS)).isNull();
            loop.submit(upstream.on(0)::close).get(10, TimeUnit.SECONDS);
            assertThat(upstream.budget().openNow()).isZero();
            await().until(() -> plain.accepted() == 1);
        }
    }

    /** Why there is no connection; null where there is one. The first so many channels are closed before they are connected. */
    private @Nullable FaultKind connect(int closed, RawUpstream... servers) throws Exception {
        ServerAddress[] addresses = Stream.of(servers)
                .map(server -> new ServerAddress.Tcp(server.address()))
                .toArray(ServerAddress[]::new);
        UpstreamPool pool = new Upstream(config(addresses), null, around(closed)).on(0);
        Ended ended = new Ended();
        loop.execute(() -> pool.acquire(ended));
        @Nullable FaultKind fault = ended.told.get(10, TimeUnit.SECONDS);
        loop.submit(pool::close).get(10, TimeUnit.SECONDS);
        return fault;
    }

    private static UpstreamConfig config(ServerAddress... servers) {
        return new UpstreamConfig(
                "app", List.of(servers), 4, 4, Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10));
    }

    private Surroundings around(int closed) {
        return new Surroundings(
                transport,
                new Dialer(
                        transport,
                        () -> dialled.incrementAndGet() <= closed ? new ClosedEarly() : new NioSocketChannel()),
                names,
                64 * 1024,
                new UpstreamMeters(registry),
                System::nanoTime);
    }

    private double failures() {
        return registry.get("sessiongate.upstream.connect.failures").counter().count();
    }

    /** Waits to be connected, and is closed instead. */
    @SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is told to whoever connects
    private static final class ClosedEarly extends NioSocketChannel {

        @Override
        protected boolean doConnect(SocketAddress remote, @Nullable SocketAddress local) {
            eventLoop().execute(() -> {
                pipeline().fireExceptionCaught(new NotYetConnectedException());
                close();
            });
            return false;
        }
    }

    /** Whether there was a connection, which is given back at once. */
    private static final class Ended implements Wish, UpstreamEvents {

        final CompletableFuture<@Nullable FaultKind> told = new CompletableFuture<>();

        @Override
        public boolean fresh() {
            return false;
        }

        @Override
        public boolean bodyComing() {
            return false;
        }

        @Override
        public @Nullable AddressBlock client() {
            return null;
        }

        @Override
        public long key() {
            return 0;
        }

        @Override
        public @Nullable Tried tried() {
            return null;
        }

        @Override
        public UpstreamEvents events() {
            return this;
        }

        @Override
        public void onConnection(UpstreamConnection connection) {
            connection.abort();
            told.complete(null);
        }

        @Override
        public void onUnavailable(Fault fault) {
            told.complete(fault.kind());
        }

        @Override
        public void onInterim(WireResponse head) {}

        @Override
        public void onHead(WireResponse head) {}

        @Override
        public void onBody(ByteBuf piece) {
            piece.release();
        }

        @Override
        public void onEnd(@Nullable WireTrailers trailers) {}

        @Override
        public void onPause() {}

        @Override
        public void onWritable() {}

        @Override
        public void onBroken(Fault fault, Loss loss) {}
    }
}
