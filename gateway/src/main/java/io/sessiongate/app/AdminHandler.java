package io.sessiongate.app;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.sessiongate.app.AdminServer.Page;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one connection to the admin port. Confined to the admin loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what closes, closes
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private final Map<String, Supplier<Page>> pages;
    private final Map<String, AdminAction> actions;
    private final BrowserPages browserPages;

    /** An action goes on. */
    private boolean busy;

    AdminHandler(Map<String, Supplier<Page>> pages, Map<String, AdminAction> actions, BrowserPages browserPages) {
        this.pages = pages;
        this.actions = actions;
        this.browserPages = browserPages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (!context.channel().isWritable() || busy) {
            // It asks for more before it has read what it got: answers would pile up without a bound.
            context.close();
            return;
        }
        boolean head = request.method().equals(HttpMethod.HEAD);
        boolean keep = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        CompletableFuture<Page> page = answer(context, request).toCompletableFuture();
        if (page.isDone()) {
            write(context, page.join(), head, keep);
            return;
        }
        busy = true;
        page.whenCompleteAsync(
                (done, fault) -> {
                    busy = false;
                    write(context, done == null ? failed(fault) : done, head, keep);
                },
                context.executor());
    }

    private static void write(ChannelHandlerContext context, Page page, boolean head, boolean keep) {
        FullHttpResponse response = response(page, head);
        HttpUtil.setKeepAlive(response, keep);
        var written = context.writeAndFlush(response);
        if (!keep) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private CompletionStage<Page> answer(ChannelHandlerContext context, FullHttpRequest request) {
        AdminAction action = request.decoderResult().isSuccess() ? actions.get(path(request)) : null;
        return action == null ? CompletableFuture.completedFuture(page(request)) : perform(action, context, request);
    }

    private static String path(FullHttpRequest request) {
        String target = request.uri();
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    private Page page(FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return Page.text(400, "malformed request\n");
        }
        String path = path(request);
        Supplier<Page> page = pages.containsKey(path)
                ? pages.get(path)
                : browserPages.find(path, request.headers().getAll(HttpHeaderNames.HOST));
        if (page == null) {
            List<String> paths = new ArrayList<>(pages.keySet());
            paths.addAll(browserPages.paths());
            paths.addAll(actions.keySet());
            return Page.text(404, "nothing here; there are: " + String.join(" ", paths) + "\n");
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return new Page(405, "text/plain; charset=utf-8", "only GET and HEAD\n", Map.of("Allow", "GET, HEAD"));
        }
        return made(page);
    }

    private static Page made(Supplier<Page> page) {
        try {
            return page.get();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("A page of the admin port could not be made");
            return Problems.page(500, "internal-error", "The gateway failed.", null);
        }
    }

    private static CompletionStage<Page> perform(
            AdminAction action, ChannelHandlerContext context, FullHttpRequest request) {
        var ask = new AdminAction.Ask(
                request.method().name(),
                peer(context),
                only(request.headers().getAll(HttpHeaderNames.AUTHORIZATION)),
                only(request.headers().getAll(HttpHeaderNames.CONTENT_TYPE)),
                ByteBufUtil.getBytes(request.content()));
        try {
            return action.begin(ask);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(failed(e));
        }
    }

    private static Page failed(@Nullable Throwable fault) {
        LOG.atError().setCause(fault).log("A request to the admin port failed");
        return Problems.page(500, "internal-error", "The gateway failed.", null);
    }

    private static @Nullable String only(List<String> values) {
        return values.size() == 1 ? values.get(0) : null;
    }

    private static InetAddress peer(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** A whole response; what becomes of the connection is not yet in it. */
    static FullHttpResponse response(Page page, boolean head) {
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
        page.fields().forEach(response.headers()::set);
        return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A peer that leaves or dawdles: nothing to say to it.
        context.close();
    }
}
