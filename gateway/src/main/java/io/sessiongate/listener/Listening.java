package io.sessiongate.listener;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.sessiongate.http.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
 * A gateway that succeeds another gets that one's sockets, and with them the connections that wait in their queues.
 */
final class Listening {

    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
    private static final int BACKLOG = 4096;

    private final Transport transport;
    private final LoopLoads loads;
    /** Read by whoever passes them on. */
    private final List<ServerSocketChannel> sockets = new CopyOnWriteArrayList<>();

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

    /** Listens with sockets that do so already; one is enough, as each is served by one loop. */
    InetSocketAddress adopt(List<ServerSocketChannel> passed, ChannelHandler child) {
        List<EventLoop> loops = transport.acceptingLoops();
        for (int i = 0; i < passed.size(); i++) {
            ServerSocketChannel socket = passed.get(i);
            sockets.add(socket);
            socket.pipeline().addLast(new Acceptor(transport, loads, child));
            ChannelFuture future = loops.get(i % loops.size()).register(socket).awaitUninterruptibly();
            if (!future.isSuccess()) {
                throw new IllegalStateException(String.valueOf(future.cause().getMessage()), future.cause());
            }
        }
        return passed.get(0).localAddress();
    }

    /** What listens now, to be passed on; with epoll only. */
    List<FileDescriptor> descriptors() {
        return sockets.stream().map(socket -> ((UnixChannel) socket).fd()).toList();
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

    /**
     * Closes all of them. What is still open elsewhere, where it was passed on, would go on waking our loops: the system forgets what a
     * loop waits for with the last descriptor only, so each is taken from its loop first.
     */
    void close() {
        sockets.forEach(socket -> {
            if (transport.takesSockets()) {
                socket.deregister().awaitUninterruptibly();
            }
            socket.close().awaitUninterruptibly();
        });
        sockets.clear();
    }
}
