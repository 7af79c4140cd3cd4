package io.sessiongate.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The threads that carry traffic and the channel classes that go with them. Owns a fixed number of traffic loops and one
 * loop beside them, which accepts connections with NIO and keeps time for the gateway; safe to use from any thread. A
 * native transport that was asked for and does not work here is a start-up error, never a silent fallback.
 */
public final class Transport {

    /** Netty's transports; {@code config.TransportKind} is mapped to it by {@link #of}. */
    private enum Kind {
        EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class, EpollDomainSocketChannel.class),
        IO_URING(IoUringServerSocketChannel.class, IoUringSocketChannel.class, IoUringDomainSocketChannel.class),
        NIO(NioServerSocketChannel.class, NioSocketChannel.class, NioDomainSocketChannel.class);

        final Class<? extends ServerSocketChannel> server;
        final Class<? extends SocketChannel> socket;
        final Class<? extends DuplexChannel> unix;

        Kind(
                Class<? extends ServerSocketChannel> server,
                Class<? extends SocketChannel> socket,
                Class<? extends DuplexChannel> unix) {
            this.server = server;
            this.socket = socket;
            this.unix = unix;
        }

        IoHandlerFactory handlers() {
            return switch (this) {
                case EPOLL -> EpollIoHandler.newFactory();
                case IO_URING -> IoUringIoHandler.newFactory();
                case NIO -> NioIoHandler.newFactory();
            };
        }
    }

    /** Reset by its other end; include/net/tcp_states.h of Linux. */
    private static final int TCP_CLOSE = 7;

    /** Its other end sends no more. */
    private static final int TCP_CLOSE_WAIT = 8;

    private final Kind kind;
    private final EventLoopGroup acceptor;
    private final EventLoopGroup group;
    private final List<EventLoop> loops = new ArrayList<>();
    private final IdentityHashMap<EventLoop, HeadStorages> storages = new IdentityHashMap<>();
    private final List<ReadRing> rings = new ArrayList<>();
    private final AtomicLong readBytes = new AtomicLong();

    private Transport(Kind kind, int eventLoops) {
        int size = eventLoops == 0 ? Runtime.getRuntime().availableProcessors() : eventLoops;
        this.kind = kind;
        this.acceptor =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("sessiongate-accept"), kind.handlers());
        this.group = new MultiThreadIoEventLoopGroup(
                size,
                new DefaultThreadFactory("sessiongate-loop"),
                kind == Kind.IO_URING && ReadRing.supported() ? this::handlerWithRing : kind.handlers());
        for (EventExecutor loop : group) {
            loops.add((EventLoop) loop);
            storages.put((EventLoop) loop, new HeadStorages());
        }
    }

    private IoHandler handlerWithRing(ThreadAwareExecutor loop) {
        ReadRing ring = new ReadRing(loop, readBytes);
        rings.add(ring);
        return ring.handler();
    }

    /**
     * Starts the transport of that name: {@code AUTO} (epoll where it works, else NIO), {@code EPOLL}, {@code IO_URING}
     * or {@code NIO}.
     *
     * @param eventLoops traffic loops; 0 is one a processor
     * @throws IllegalStateException where the named transport does not work on this machine, with the reason
     */
    public static Transport of(String name, int eventLoops) {
        return new Transport(kind(name), eventLoops);
    }

    /** Says how Netty is to read with io_uring: before anything in this process asks it for that, as Vert.x does. */
    public static void beforeNetty() {
        ReadRing.readOnlyWhenAsked();
    }

    private static Kind kind(String name) {
        return switch (name) {
            case "AUTO" -> Epoll.isAvailable() ? Kind.EPOLL : Kind.NIO;
            case "EPOLL" -> {
                require("epoll", Epoll.isAvailable() ? null : Epoll.unavailabilityCause());
                yield Kind.EPOLL;
            }
            case "IO_URING" -> {
                beforeNetty();
                ReadRing.requireOnlyWhenAsked();
                require("io_uring", IoUring.isAvailable() ? null : IoUring.unavailabilityCause());
                yield Kind.IO_URING;
            }
            case "NIO" -> Kind.NIO;
            default -> throw new IllegalArgumentException("no transport is called " + name);
        };
    }

    private static void require(String name, @Nullable Throwable missing) {
        if (missing != null) {
            throw new IllegalStateException("transport " + name + " does not work on this machine", missing);
        }
    }

    /** Whether a flush only orders what is written, so that it has never left when the call returns. */
    public boolean writesLater() {
        return kind == Kind.IO_URING;
    }

    /**
     * Whether the other end of a connection that is not read from has left, or sends no more. Epoll tells that by itself; with
     * io_uring only a read does. On the connection's loop; a system call.
     */
    public static boolean hasLeft(Channel channel) {
        if (channel instanceof IoUringSocketChannel socket && socket.isActive()) {
            int state = socket.tcpInfo().state();
            return state == TCP_CLOSE || state == TCP_CLOSE_WAIT;
        }
        return false;
    }

    /** The transport in use, in lower case, for logs. */
    public String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** Whether sockets that listen already can be taken over ({@link PassedSockets}), and passed on. */
    public boolean takesSockets() {
        return kind == Kind.EPOLL;
    }

    /** What loops beside the traffic run on: sockets that can be passed on where the traffic's can. */
    public IoHandlerFactory sideHandlers() {
        return takesSockets() ? kind.handlers() : Kind.NIO.handlers();
    }

    /** What listens on loops with {@link #sideHandlers}. */
    public Class<? extends ServerSocketChannel> sideServerChannel() {
        return takesSockets() ? kind.server : Kind.NIO.server;
    }

    public EventLoopGroup acceptor() {
        return acceptor;
    }

    /** The loops that have a listening socket of each address: the traffic loops where several sockets may share one. */
    public List<EventLoop> acceptingLoops() {
        return kind == Kind.NIO ? List.of(acceptor.next()) : loops();
    }

    /** The traffic loops, in a fixed order. */
    public List<EventLoop> loops() {
        return List.copyOf(loops);
    }

    /**
     * Memory for heads, confined to that loop.
     *
     * @throws IllegalArgumentException where it is none of the traffic loops
     */
    public HeadStorages storages(EventLoop loop) {
        HeadStorages own = storages.get(loop);
        if (own == null) {
            throw new IllegalArgumentException("not a traffic loop of this transport");
        }
        return own;
    }

    public Class<? extends ServerSocketChannel> serverChannel() {
        return kind.server;
    }

    public Class<? extends SocketChannel> socketChannel() {
        return kind.socket;
    }

    /** Of connections to Unix-domain sockets. */
    public Class<? extends DuplexChannel> unixChannel() {
        return kind.unix;
    }

    /** That path in the form that {@link #unixChannel} connects to: Netty's own, or the JDK's with NIO. */
    public SocketAddress unixAddress(Path path) {
        return kind == Kind.NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path.toString());
    }

    /**
     * Makes a connection of a traffic loop ready to be registered with it: with io_uring it is read into buffers that all
     * connections of the loop share.
     */
    public <C extends Channel> C prepared(C connection) {
        if (!rings.isEmpty()) {
            ReadRing.use(connection);
        }
        return connection;
    }

    /** Memory of the buffers into which connections are read, and of what was read and still stands in them; 0 but with io_uring. */
    public long readBytes() {
        return readBytes.get();
    }

    /** Ends the threads, within about the bound. Whoever opened a channel has closed it by then: not every loop looks for them. */
    public CompletionStage<Void> close(Duration bound) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        acceptor.shutdownGracefully(0, bound.toMillis(), TimeUnit.MILLISECONDS)
                .addListener(accepting -> group.shutdownGracefully(0, bound.toMillis(), TimeUnit.MILLISECONDS)
                        .addListener(ended -> {
                            rings.forEach(ReadRing::close);
                            done.complete(null);
                        }));
        return done;
    }
}
