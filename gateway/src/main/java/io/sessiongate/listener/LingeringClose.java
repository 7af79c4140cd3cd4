package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.SecureChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which the client may still be sending (RFC 9112 section 9.6): a plain close would answer its
 * bytes with a reset, and the reset can destroy the answer before the client has read it. So our half is closed, and
 * what comes is thrown away, for at most {@value #MOST_BYTES} bytes and {@value #LONGEST_MILLIS} ms. Confined to the
 * connection's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing is left to be done whatever becomes of a close
final class LingeringClose extends ChannelInboundHandlerAdapter {

    private static final long MOST_BYTES = 256 * 1024;
    private static final long LONGEST_MILLIS = 2_000;

    private long bytes;
    private @Nullable Future<?> timer;

    private LingeringClose() {}

    /** Everything to be sent must have been flushed. */
    static void begin(SocketChannel channel) {
        LingeringClose handler = new LingeringClose();
        // In front of TLS as well: what comes is not even looked at.
        channel.pipeline().addFirst("lingering-close", handler);
        SecureChannel.shutdownOutput(channel);
        handler.timer =
                channel.eventLoop().schedule(() -> SecureChannel.cut(channel), LONGEST_MILLIS, TimeUnit.MILLISECONDS);
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        bytes += message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        ReferenceCountUtil.release(message);
        if (bytes > MOST_BYTES) {
            ctx.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
        }
        ctx.fireChannelInactive();
    }
}
