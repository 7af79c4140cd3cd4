package io.sessiongate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.Errors;
import io.netty.resolver.NoopAddressResolverGroup;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens connections to servers, by TCP or to a Unix-domain socket, that behave alike from then on. Immutable. */
final class Dialer {

    /** Small: what waits here is memory a slow peer can claim. Bytes. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    /** In every message of the native transports, before the number. */
    private static final String NATIVE_ERROR = "error(";

    private final Transport transport;
    private final Bootstrap tcp;
    private final Bootstrap unix;

    /** Of no loop yet. */
    Dialer(Transport transport) {
        this(transport, new ReflectiveChannelFactory<>(transport.socketChannel()));
    }

    /**
     * The same with sockets made otherwise.
     *
     * @param sockets makes the channels of TCP, which must be of the transport's loops
     */
    Dialer(Transport transport, ChannelFactory<? extends Channel> sockets) {
        this(
                transport,
                common(transport, sockets).option(ChannelOption.TCP_NODELAY, true),
                common(transport, new ReflectiveChannelFactory<>(transport.unixChannel())));
    }

    private Dialer(Transport transport, Bootstrap tcp, Bootstrap unix) {
        this.transport = transport;
        this.tcp = tcp;
        this.unix = unix;
    }

    private static Bootstrap common(Transport transport, ChannelFactory<? extends Channel> channels) {
        return new Bootstrap()
                .channelFactory(() -> transport.prepared(channels.newChannel()))
                .option(ChannelOption.AUTO_READ, false)
                // Kept open when a write fails: an answer given before the body was read may wait to be read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .handler(Unheard.HANDLER);
    }

    /** The same for connections of that loop. */
    Dialer on(EventLoop loop) {
        return new Dialer(transport, tcp.clone(loop), unix.clone(loop));
    }

    /**
     * Opens a connection to a server.
     *
     * @param which of the addresses of its name; null for a Unix-domain socket
     */
    ChannelFuture dial(ServerAddress to, @Nullable InetAddress which, long boundMillis) {
        return to instanceof ServerAddress.Tcp tcp
                ? connect(new InetSocketAddress(which, tcp.address().getPort()), boundMillis)
                : connect(((ServerAddress.Unix) to).path(), boundMillis);
    }

    ChannelFuture connect(InetSocketAddress to, long boundMillis) {
        return bounded(tcp, boundMillis).connect(to);
    }

    ChannelFuture connect(Path to, long boundMillis) {
        return bounded(unix, boundMillis).connect(transport.unixAddress(to));
    }

    private static Bootstrap bounded(Bootstrap bootstrap, long boundMillis) {
        return bootstrap.clone().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                Math.min(boundMillis, Integer.MAX_VALUE));
    }

    /**
     * Whether a Unix-domain socket refused because more connections wait to be accepted than its backlog takes. Where
     * TCP would try again by itself, the system says {@code EAGAIN} at once, and nothing tells when there is room.
     */
    static boolean backlogFull(Throwable failure) {
        String message = failure.getMessage();
        // The number is Netty's, and to be had only where its native library is loaded: with NIO it may not be.
        return message != null
                && message.contains(NATIVE_ERROR)
                && message.contains(NATIVE_ERROR + Errors.ERRNO_EAGAIN_NEGATIVE + ")");
    }
}
