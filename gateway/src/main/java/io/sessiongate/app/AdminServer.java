package io.sessiongate.app;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The admin port: fixed pages by path, each made when asked for, on a thread of its own so that a slow scrape never
 * delays a request. At most {@value #MAX_CONNECTIONS} connections; the next is closed. Meant for a private address.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what closes, closes
final class AdminServer {

    static final int MAX_CONNECTIONS = 64;
    private static final int MAX_REQUEST_BYTES = 8_192;
    private static final int READ_TIMEOUT_SECONDS = 30;

    /** What a path answers. */
    record Page(int status, String contentType, String body) {
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

    static AdminServer start(InetSocketAddress address, Map<String, Supplier<Page>> pages) {
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
                                        new HttpObjectAggregator(MAX_REQUEST_BYTES),
                                        new Pages(pages));
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

    /** Confined to the admin loop. */
    private static final class Pages extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Map<String, Supplier<Page>> pages;

        Pages(Map<String, Supplier<Page>> pages) {
            this.pages = pages;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            if (!context.channel().isWritable()) {
                // It asks for more before it has read what it got: answers would pile up without a bound.
                context.close();
                return;
            }
            String target = request.uri();
            int query = target.indexOf('?');
            String path = query < 0 ? target : target.substring(0, query);
            boolean head = request.method().equals(HttpMethod.HEAD);
            Page page;
            if (!request.decoderResult().isSuccess()) {
                page = Page.text(400, "malformed request\n");
            } else if (!pages.containsKey(path)) {
                page = Page.text(404, "nothing here; there are: " + String.join(" ", pages.keySet()) + "\n");
            } else if (!head && !request.method().equals(HttpMethod.GET)) {
                page = Page.text(405, "only GET and HEAD\n");
            } else {
                page = pages.get(path).get();
            }
            byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
            var response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(page.status()),
                    head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .set("x-content-type-options", "nosniff");
            if (page.status() == 405) {
                response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            }
            boolean keep = HttpUtil.isKeepAlive(request) && page.status() != 400;
            HttpUtil.setKeepAlive(response, keep);
            var written = context.writeAndFlush(response);
            if (!keep) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A peer that leaves or dawdles: nothing to say to it.
            context.close();
        }
    }
}
