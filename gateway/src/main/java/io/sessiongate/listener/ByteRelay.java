package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.SecureChannel;
import org.jspecify.annotations.Nullable;

/**
 * One direction of an upgraded connection: what its channel reads is written to the peer, and read no faster than the
 * peer takes it; the end of the input is passed on as such. Both directions share an event loop and are confined to it.
 *
 * <p>A {@link Farewell} ends it early: at once by {@link #stop}, or behind the frame that is under way by {@link
 * #finishFrame}. From then on nothing of what comes is passed on, and nothing more is asked for.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes its channel, and that is seen as an event
final class ByteRelay extends ChannelInboundHandlerAdapter {

    private final Channel peer;
    private final Backlog backlog;
    private final Runnable onActivity;
    private final @Nullable FrameTracker frames;
    private @Nullable Farewell farewell;
    private boolean stopped;
    private long bytes;
    private boolean inputEnded;
    private boolean outputEnded;

    /**
     * Relays to the peer.
     *
     * @param backlog what waits for the peer
     * @param frames is shown what is relayed; null where nobody needs to know
     */
    ByteRelay(Channel peer, Backlog backlog, Runnable onActivity, @Nullable FrameTracker frames) {
        this.peer = peer;
        this.backlog = backlog;
        this.onActivity = onActivity;
        this.frames = frames;
    }

    /** Bytes read from this side and passed on. */
    long bytes() {
        return bytes;
    }

    /** Whether a frame of ours may follow what was passed on. */
    boolean open() {
        return !inputEnded && frames != null && !frames.closed();
    }

    /** Passes on no more. */
    void stop() {
        stopped = true;
    }

    /** Passes on what is missing of the frame that is under way; the farewell is told when that is done, or cannot be. */
    void finishFrame(Farewell then) {
        farewell = then;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stopped || !(message instanceof ByteBuf buffer)) {
            // Behind the end; or the end of the 101, from the decoder that has just been removed.
            ReferenceCountUtil.release(message);
            return;
        }
        if (frames != null) {
            track(buffer, frames);
        }
        bytes += buffer.readableBytes();
        peer.write(buffer, peer.voidPromise());
        if (farewell != null && frames != null && frames.atBoundary()) {
            farewell.onBoundary();
        }
    }

    private void track(ByteBuf buffer, FrameTracker tracker) {
        if (farewell == null) {
            tracker.pass(buffer);
        } else {
            buffer.writerIndex(buffer.readerIndex() + tracker.passFrame(buffer));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (stopped) {
            return;
        }
        peer.flush();
        backlog.settle();
        onActivity.run();
        if (takesMore()) {
            ctx.read();
        }
    }

    private boolean takesMore() {
        return peer.isWritable() && backlog.takesMore();
    }

    /** The peer has taken what waited for it. */
    void resume(Channel own) {
        if (!stopped && takesMore()) {
            onActivity.run();
            own.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        // What the peer reads comes to its own relay; one that was stopped wants nothing.
        ByteRelay other = peer.pipeline().get(ByteRelay.class);
        if (other != null) {
            other.resume(peer);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (inputEnded || !(event instanceof ChannelInputShutdownEvent || SecureChannel.saysEnd(event))) {
            return;
        }
        inputEnded = true;
        if (farewell != null) {
            farewell.onSourceEnded();
        } else if (!stopped) {
            // Behind what is still to be written: closing the output first would throw that away.
            peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> endOutput(ctx.channel()));
        }
    }

    private void endOutput(Channel own) {
        outputEnded = true;
        ByteRelay other = peer.pipeline().get(ByteRelay.class);
        if (stopped) {
            return;
        }
        if (other == null || other.outputEnded) {
            own.close();
            peer.close();
        } else {
            SecureChannel.shutdownOutput(peer);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (farewell != null) {
            farewell.onSourceEnded();
        } else if (!stopped && peer.isActive()) {
            peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) f -> peer.close());
        }
        ctx.fireChannelInactive();
    }
}
