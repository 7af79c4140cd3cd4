package io.sessiongate.app;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

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

    private final EventLoopGroup loop;
    private final Channel channel;

    private AdminServer(EventLoopGroup loop, Channel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    /** Serves the pages alone. */
    static AdminServer start(InetSocketAddress address, Map<String, Supplier<Page>> pages) {
        return start(address, pages, Map.of());
    }

    /** Serves what machines ask for and do. */
    static AdminServer start(
            InetSocketAddress address, Map<String, Supplier<Page>> pages, Map<String, AdminAction> actions) {
        return start(address, pages, actions, BrowserPages.NONE);
    }

    static AdminServer start(
            InetSocketAddress address,
            Map<String, Supplier<Page>> pages,
            Map<String, AdminAction> actions,
            BrowserPages browserPages) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("sessiongate-admin", true), NioIoHandler.newFactory());
        AtomicInteger open = new AtomicInteger();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel child) {
                        open.incrementAndGet();
                        child.closeFuture().addListener(closed -> open.decrementAndGet());
                        if (open.get() > MAX_CONNECTIONS) {
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
        var bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IllegalStateException(
                    "cannot listen on admin address " + address.getHostString() + ":" + address.getPort(),
                    bound.cause());
        }
        return new AdminServer(loop, bound.channel());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    void stop() {
        channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
