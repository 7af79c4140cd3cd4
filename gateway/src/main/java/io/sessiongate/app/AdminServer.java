package io.sessiongate.app;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sessiongate.http.PassedSockets;
import io.sessiongate.http.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The admin port: fixed pages by path, each made when asked for, and what can be done there, on a thread of its own so that
 * a slow scrape never delays a request. At most {@value #MAX_CONNECTIONS} connections, the next is closed; a request's body
 * is at most {@value #MAX_BODY_BYTES} bytes, 413 beyond. Meant for a private address.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what closes, closes
final class AdminServer {

    static final int MAX_CONNECTIONS = 64;
    static final int MAX_BODY_BYTES = 64 * 1024;
    private static final int READ_TIMEOUT_SECONDS = 30;

    /**
     * What a path answers.
     *
     * @param fields header fields beside those of every answer
     */
    record Page(int status, String contentType, String body, Map<String, String> fields) {
        Page {
            fields = Map.copyOf(fields);
        }

        Page(int status, String contentType, String body) {
            this(status, contentType, body, Map.of());
        }

        static Page text(int status, String body) {
            return new Page(status, "text/plain; charset=utf-8", body);
        }
    }

    /**
     * Where it listens.
     *
     * @param handlers of its loop
     * @param sockets what listens there
     * @param passed listens already, and is read from only once {@link #accept} is called; null where nothing does
     */
    record Place(
            InetSocketAddress address,
            IoHandlerFactory handlers,
            Class<? extends ServerSocketChannel> sockets,
            @Nullable ServerSocketChannel passed) {

        /** With NIO, on that address. */
        Place(InetSocketAddress address) {
            this(address, NioIoHandler.newFactory(), NioServerSocketChannel.class, null);
        }

        /** On that address, with what listens there already if anything does. */
        static Place of(InetSocketAddress address, Transport transport, PassedSockets passed) {
            List<ServerSocketChannel> here = passed.claim(address);
            return new Place(
                    address,
                    transport.sideHandlers(),
                    transport.sideServerChannel(),
                    here.isEmpty() ? null : here.get(0));
        }
    }

    private final EventLoopGroup loop;
    private final Channel channel;
    private final ChannelGroup connections;

    private AdminServer(EventLoopGroup loop, Channel channel, ChannelGroup connections) {
        this.loop = loop;
        this.channel = channel;
        this.connections = connections;
    }

    /** Serves the pages alone. */
    static AdminServer start(InetSocketAddress address, Map<String, Supplier<Page>> pages) {
        return start(address, pages, Map.of());
    }

    /** Serves what machines ask for and do. */
    static AdminServer start(
            InetSocketAddress address, Map<String, Supplier<Page>> pages, Map<String, AdminAction> actions) {
        return start(new Place(address), pages, actions, BrowserPages.NONE);
    }

    static AdminServer start(
            InetSocketAddress address,
            Map<String, Supplier<Page>> pages,
            Map<String, AdminAction> actions,
            BrowserPages browserPages) {
        return start(new Place(address), pages, actions, browserPages);
    }

    static AdminServer start(
            Place place,
            Map<String, Supplier<Page>> pages,
            Map<String, AdminAction> actions,
            BrowserPages browserPages) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("sessiongate-admin", true), place.handlers());
        ChannelGroup connections = new DefaultChannelGroup(loop.next(), true);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channelFactory(
                        place.passed() == null ? new ReflectiveChannelFactory<>(place.sockets()) : place::passed)
                .option(ChannelOption.AUTO_READ, place.passed() == null)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        connections.add(child);
                        if (connections.size() > MAX_CONNECTIONS) {
                            child.close();
                            return;
                        }
                        child.pipeline()
                                .addLast(
                                        new ReadTimeoutHandler(READ_TIMEOUT_SECONDS),
                                        new HttpServerCodec(),
                                        new AdminBodies(MAX_BODY_BYTES),
                                        new AdminHandler(pages, actions, browserPages));
                    }
                });
        InetSocketAddress address = place.address();
        var bound = (place.passed() == null ? bootstrap.bind(address) : bootstrap.register()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IllegalStateException(
                    "cannot listen on admin address " + address.getHostString() + ":" + address.getPort(),
                    bound.cause());
        }
        return new AdminServer(loop, bound.channel(), connections);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Serves, where it has waited with that. */
    void accept() {
        channel.config().setAutoRead(true);
    }

    /** What listens; with epoll only. */
    FileDescriptor socket() {
        return ((UnixChannel) channel).fd();
    }

    /** Closes the port and all connections to it; may be called again. Blocks. */
    void stop() {
        if (loop.isShuttingDown()) {
            return;
        }
        // Another gateway may have the socket as well, and this loop must not hear of it any more.
        if (channel instanceof UnixChannel) {
            channel.deregister().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
        channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        // A loop that is to end without a quiet period may do so before it has looked for what is still open on it.
        connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
