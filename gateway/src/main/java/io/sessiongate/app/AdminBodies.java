package io.sessiongate.app;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;

/**
 * Gathers the bodies of requests to the admin port, and answers those that are too large as everything else there is
 * answered. Confined to the admin loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what closes, closes
final class AdminBodies extends HttpObjectAggregator {

    private final int maxBytes;

    AdminBodies(int maxBytes) {
        super(maxBytes);
        this.maxBytes = maxBytes;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        var response = AdminHandler.response(
                Problems.page(413, "body-too-large", "The body is larger than " + maxBytes + " bytes.", null), false);
        // One whose length was told is read to its end and dropped; of another a part has been read, and who knows how
        // much is to come.
        boolean keep = !(oversized instanceof FullHttpMessage) && HttpUtil.isKeepAlive(oversized);
        HttpUtil.setKeepAlive(response, keep);
        context.writeAndFlush(response)
                .addListener(keep ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
    }
}
