package io.sessiongate.session;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.transport.Transport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of the check loop, so that each can be closed at once. Confined to that loop.
 *
 * <p>Vert.x gives no way to do that: closing a connection, a socket, a client, or the whole Vertx waits for the command under
 * way, which against a frozen server is for ever, and a connection that is still logging in has no handle at all. So the
 * loop's transport, an extension point of Vert.x, notes every socket it makes. This is the one class of this package that
 * knows Netty.
 */
final class VertxSockets implements io.vertx.core.transport.Transport {

    private final Transport nio = NIO.implementation();
    private final Set<Socket> open = new LinkedHashSet<>();
    private @Nullable List<Socket> made;

    /** What connects, and the sockets it made. */
    record Made<T>(T result, List<Socket> sockets) {

        void closeNow() {
            sockets.forEach(Socket::closeNow);
        }

        /** Has them close when the other side does, or by {@link #closeNow}, but not because the driver is done. */
        void leaveOpen() {
            sockets.forEach(Socket::leaveOpen);
        }

        void onClosed(Runnable task) {
            sockets.forEach(socket -> socket.onClosed(task));
        }
    }

    /**
     * Runs what connects and notes the sockets it makes. Vert.x makes a socket before it resolves the name or connects,
     * within the call that asks for it when that is made on the loop; a test would see if it stopped to.
     */
    <T> Made<T> noting(Supplier<T> connecting) {
        List<Socket> mine = new ArrayList<>(1);
        made = mine;
        try {
            return new Made<>(connecting.get(), mine);
        } finally {
            made = null;
        }
    }

    /** Closes all that are open. */
    void closeAll() {
        List.copyOf(open).forEach(Socket::closeNow);
    }

    private <C extends Channel> C noted(C channel) {
        Socket socket = new Socket(channel);
        open.add(socket);
        channel.closeFuture().addListener(closed -> open.remove(socket));
        if (made != null) {
            made.add(socket);
        }
        return channel;
    }

    /** A socket from the moment it is made. */
    static final class Socket {
        private final Channel channel;

        private Socket(Channel channel) {
            this.channel = channel;
        }

        /** Closes without waiting for anything; does nothing when it is closed. */
        void closeNow() {
            // From the first handler's place outwards: past the handlers of the pg-client, which hold a close back.
            ChannelHandlerContext outermost = channel.pipeline().firstContext();
            ChannelFuture unused = outermost == null ? channel.close() : outermost.close();
        }

        private void leaveOpen() {
            channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void close(ChannelHandlerContext context, ChannelPromise promise) {
                    channel.closeFuture().addListener(closed -> promise.trySuccess());
                }
            });
        }

        boolean isOpen() {
            return channel.isOpen();
        }

        /** Runs the task on the loop once the socket is closed, at once when it is. */
        void onClosed(Runnable task) {
            channel.closeFuture().addListener(closed -> task.run());
        }
    }

    @Override
    public String name() {
        return NIO.name();
    }

    @Override
    public boolean available() {
        return NIO.available();
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return NIO.unavailabilityCause();
    }

    @Override
    public Transport implementation() {
        return new Noting();
    }

    /** NIO as Vert.x has it, with named threads and noted sockets. */
    private final class Noting implements Transport {

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            ChannelFactory<? extends Channel> factory = nio.channelFactory(domainSocket);
            return () -> noted(factory.newChannel());
        }

        @Override
        public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
            String name = type == IO_EVENT_LOOP_GROUP ? VertxCheckLoop.THREAD : VertxCheckLoop.THREAD + "-aside";
            return nio.eventLoopGroup(
                    type,
                    threads,
                    task -> {
                        Thread thread = factory.newThread(task);
                        thread.setName(name);
                        return thread;
                    },
                    ioRatio);
        }

        @Override
        public boolean supportsDomainSockets() {
            return nio.supportsDomainSockets();
        }

        @Override
        public boolean supportFileRegion() {
            return nio.supportFileRegion();
        }

        @Override
        public boolean isAvailable() {
            return nio.isAvailable();
        }

        @Override
        public @Nullable Throwable unavailabilityCause() {
            return nio.unavailabilityCause();
        }

        @Override
        public java.net.SocketAddress convert(SocketAddress address) {
            return nio.convert(address);
        }

        @Override
        public SocketAddress convert(java.net.SocketAddress address) {
            return nio.convert(address);
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return nio.ioHandlerFactory();
        }

        @Override
        public DatagramChannel datagramChannel() {
            return nio.datagramChannel();
        }

        @Override
        @SuppressWarnings("deprecation") // Vert.x's signature
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return nio.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return nio.serverChannelFactory(domainSocket);
        }

        @Override
        public void configure(DatagramChannel channel, DatagramSocketOptions options) {
            nio.configure(channel, options);
        }

        @Override
        public void configure(
                ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
            nio.configure(options, connectTimeout, domainSocket, bootstrap);
        }

        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            nio.configure(options, domainSocket, bootstrap);
        }
    }
}
