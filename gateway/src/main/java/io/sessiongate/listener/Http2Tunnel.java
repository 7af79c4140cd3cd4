package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.upstream.UpstreamConnection;

/**
 * A WebSocket over a stream (RFC 8441): DATA to the upstream as bytes, bytes of the upstream as DATA, each read no faster
 * than the other side takes it; the end of either side is passed on as such. The last handler of the upstream's pipeline.
 * Confined to the connection's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes its channel, and that is seen as an event
final class Http2Tunnel extends ChannelInboundHandlerAdapter implements Tunnel, Backlog.Events {

    private final Http2Stream stream;
    private final UpstreamConnection upstream;
    private final Channel channel;
    private final Backlog toUpstream;
    private final Runnable onActivity;
    private final FrameTracker frames = new FrameTracker();
    private long bytesFromClient;
    private long bytesFromUpstream;
    private boolean clientEnded;
    private boolean upstreamEnded;
    private boolean over;

    Http2Tunnel(Http2Stream stream, UpstreamConnection upstream, Runnable onActivity) {
        this.stream = stream;
        this.upstream = upstream;
        this.channel = upstream.channel();
        this.toUpstream = new Backlog(channel, stream.shared().books(), this);
        this.onActivity = onActivity;
    }

    /** Takes the upstream's connection over, the bytes already read included. */
    void begin() {
        upstream.tunnel(this);
        upstream.unleash();
    }

    // ---- from the client

    /** Takes a piece over. */
    void fromClient(ByteBuf piece) {
        if (over) {
            piece.release();
            return;
        }
        bytesFromClient += piece.readableBytes();
        channel.write(piece, channel.voidPromise());
        if (!takesMore()) {
            stream.pauseBody();
        }
    }

    /** A turn of reading from the client is over. */
    void flush() {
        if (!over) {
            channel.flush();
            toUpstream.settle();
            onActivity.run();
        }
    }

    private boolean takesMore() {
        return channel.isWritable() && toUpstream.takesMore();
    }

    /** The client sends no more. */
    void clientEnded() {
        clientEnded = true;
        if (over) {
            return;
        }
        // Behind what is still to be written: closing the output first would throw that away.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (!over) {
                SecureChannel.shutdownOutput(channel);
                finishIfOver();
            }
        });
    }

    @Override
    public void onTaken() {
        goOn();
    }

    /** An upstream is not cut for being slow. */
    @Override
    public void onLeftLying() {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        goOn();
    }

    private void goOn() {
        if (!over && takesMore()) {
            onActivity.run();
            stream.resumeBody();
        }
    }

    // ---- from the upstream

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (over || !(message instanceof ByteBuf piece)) {
            ReferenceCountUtil.release(message);
            return;
        }
        frames.pass(piece);
        bytesFromUpstream += piece.readableBytes();
        stream.out().body(piece);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!over) {
            stream.out().flush();
            onActivity.run();
            onClientTaken();
        }
    }

    @Override
    public void onClientTaken() {
        if (!over && stream.out().isWritable()) {
            channel.read();
        }
        finishIfOver();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent || SecureChannel.saysEnd(event)) {
            upstreamEnded();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        upstreamEnded();
        ctx.fireChannelInactive();
        clientEnded = true;
        finishIfOver();
    }

    private void upstreamEnded() {
        if (over || upstreamEnded) {
            return;
        }
        upstreamEnded = true;
        stream.out().end(null);
        stream.out().flush();
        finishIfOver();
    }

    // ---- the end

    private void finishIfOver() {
        if (upstreamEnded && clientEnded && stream.out().closed()) {
            finish(true);
        }
    }

    private void finish(boolean orderly) {
        if (!over) {
            stream.tunnelEnded(orderly);
        }
    }

    @Override
    public void close() {
        over = true;
        toUpstream.close();
    }

    /** With a close frame, where the application is not in the middle of one of its own, or else with a reset. */
    @Override
    public void end(FaultKind why) {
        if (over) {
            return;
        }
        boolean sayable = !upstreamEnded
                && frames.atBoundary()
                && !frames.closed()
                && stream.out().isWritable();
        if (sayable) {
            stream.out().body(Farewell.closeFrame(channel.alloc(), why));
            stream.out().end(null);
        }
        // Where the client's window is shut, nothing of that was written, and nothing else would end the stream.
        finish(sayable && stream.out().closed());
    }

    @Override
    public long bytesFromClient() {
        return bytesFromClient;
    }

    @Override
    public long bytesFromUpstream() {
        return bytesFromUpstream;
    }
}
