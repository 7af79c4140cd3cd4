package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * One direction of an upgraded connection: what its channel reads is written to the peer, and read no faster than the
 * peer takes it; the end of the input is passed on as such. Both directions share an event loop and are confined to it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes its channel, and that is seen as an event
final class ByteRelay extends ChannelInboundHandlerAdapter {

    private final Channel peer;
    private final Runnable onActivity;
    private long bytes;
    private boolean inputEnded;
    private boolean outputEnded;

    ByteRelay(Channel peer, Runnable onActivity) {
        this.peer = peer;
        this.onActivity = onActivity;
    }

    /** Bytes read from this side. */
    long bytes() {
        return bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf buffer) {
            bytes += buffer.readableBytes();
            peer.write(buffer, peer.voidPromise());
        } else {
            // The end of the 101, from the decoder that has just been removed.
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        peer.flush();
        onActivity.run();
        if (peer.isWritable()) {
            ctx.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            onActivity.run();
            peer.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !inputEnded) {
            inputEnded = true;
            // Behind what is still to be written: closing the output first would throw that away.
            peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> endOutput(ctx.channel()));
        }
    }

    private void endOutput(Channel own) {
        outputEnded = true;
        ByteRelay other = peer.pipeline().get(ByteRelay.class);
        if (other == null || other.outputEnded) {
            own.close();
            peer.close();
        } else {
            ((SocketChannel) peer).shutdownOutput();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (peer.isActive()) {
            peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) f -> peer.close());
        }
        ctx.fireChannelInactive();
    }
}
