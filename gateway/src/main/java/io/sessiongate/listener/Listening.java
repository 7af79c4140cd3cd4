package io.sessiongate.listener;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.sessiongate.http.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets of all addresses. With a native transport each address has one for every traffic loop
 * ({@code SO_REUSEPORT}), so that a connection is accepted where it will live; with NIO it has one on the accepting loop.
 * Used by the one thread that starts and stops; blocks it.
 *
 * <p>With {@code SO_REUSEPORT} the system would let another process of the same user share the port without a word. So the
 * first socket of an address listens without it, which only one process can; it is set once that holds the port, and lets
 * the others of this process in. Another gateway fails with its own first socket, in whatever order both start.
 */
final class Listening {

    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
    private static final int BACKLOG = 4096;

    private final Transport transport;
    private final LoopLoads loads;
    private final List<ServerSocketChannel> sockets = new ArrayList<>();

    Listening(Transport transport, LoopLoads loads) {
        this.transport = transport;
        this.loads = loads;
    }

    /**
     * Listens on an address.
     *
     * @param child prepares a connection on its loop, and may be shared
     * @return the address bound
     * @throws IllegalStateException where that cannot be; what listens already goes on
     */
    InetSocketAddress bind(InetSocketAddress address, ChannelHandler child) {
        List<EventLoop> loops = transport.acceptingLoops();
        ServerSocketChannel first = socket(loops.get(0), address, child, false);
        sockets.add(first);
        InetSocketAddress bound = first.localAddress();
        if (loops.size() > 1) {
            share(first, new InetSocketAddress(address.getAddress(), bound.getPort()), child, loops);
        }
        return bound;
    }

    /** One socket is enough to serve: its connections are spread over the loops like any. */
    private void share(
            ServerSocketChannel first, InetSocketAddress address, ChannelHandler child, List<EventLoop> loops) {
        try {
            first.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
            for (EventLoop loop : loops.subList(1, loops.size())) {
                sockets.add(socket(loop, address, child, true));
            }
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("address", address)
                    .addKeyValue("reason", e.getMessage())
                    .log("Not every loop accepts connections by itself");
        }
    }

    private ServerSocketChannel socket(
            EventLoop loop, InetSocketAddress address, ChannelHandler child, boolean shared) {
        ServerSocketChannel socket =
                new ReflectiveChannelFactory<ServerSocketChannel>(transport.serverChannel()).newChannel();
        socket.config().setOption(ChannelOption.SO_REUSEADDR, true);
        socket.config().setOption(ChannelOption.SO_BACKLOG, BACKLOG);
        if (shared) {
            socket.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
        }
        socket.pipeline().addLast(new Acceptor(transport, loads, child));
        ChannelFuture future = loop.register(socket).awaitUninterruptibly();
        if (future.isSuccess()) {
            future = socket.bind(address).awaitUninterruptibly();
        }
        if (!future.isSuccess()) {
            socket.close().awaitUninterruptibly();
            throw new IllegalStateException(String.valueOf(future.cause().getMessage()), future.cause());
        }
        return socket;
    }

    /** Closes all of them. */
    void close() {
        sockets.forEach(socket -> socket.close().awaitUninterruptibly());
        sockets.clear();
    }
}
