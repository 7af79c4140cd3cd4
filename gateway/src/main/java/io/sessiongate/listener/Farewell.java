package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.upstream.UpstreamConnection;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gateway ends a WebSocket. From the first moment nothing of the client's reaches the application. The client gets
 * the rest of the frame that is under way and a close frame (RFC 6455 section 5.5.1, allowed between the fragments of a
 * message by section 5.4); then both connections are closed. The rest of the frame and a client that makes room for it
 * are waited for {@value #LONGEST_MILLIS} ms in all, then the connections are cut. Confined to the connection's event loop.
 *
 * <pre>
 *   begin ──boundary──► SAYING ──written──► closed, lingering for what the client still sends
 *     │                   ▲  └──late──► cut
 *     └──in a frame──► waiting ──late, ended──► cut
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing is left to be done whatever becomes of a close
final class Farewell {

    private static final long LONGEST_MILLIS = 1_000;

    /** RFC 6455 section 7.4.1, and the IANA registry it founds. */
    private static final int POLICY_VIOLATION = 1008;

    private static final int TRY_AGAIN_LATER = 1013;

    private final SocketChannel client;
    private final UpstreamConnection upstream;
    private final ByteRelay fromClient;
    private final ByteRelay fromUpstream;
    private final FaultKind why;
    private @Nullable Future<?> timer;
    private boolean said;

    Farewell(
            SocketChannel client,
            UpstreamConnection upstream,
            ByteRelay fromClient,
            ByteRelay fromUpstream,
            FaultKind why) {
        this.client = client;
        this.upstream = upstream;
        this.fromClient = fromClient;
        this.fromUpstream = fromUpstream;
        this.why = why;
    }

    /** Begins. */
    void begin(boolean atBoundary) {
        fromClient.stop();
        timer = client.eventLoop().schedule(this::cut, LONGEST_MILLIS, TimeUnit.MILLISECONDS);
        if (atBoundary || !fromUpstream.open()) {
            say();
        } else {
            fromUpstream.finishFrame(this);
        }
    }

    /** The frame that was under way is written. */
    void onBoundary() {
        if (!said) {
            say();
        }
    }

    /** The application ended in the middle of its frame. */
    void onSourceEnded() {
        if (!said) {
            cut();
        }
    }

    private void say() {
        said = true;
        fromUpstream.stop();
        client.writeAndFlush(fromUpstream.open() ? closeFrame(client.alloc(), why) : Unpooled.EMPTY_BUFFER)
                .addListener(written -> onWritten((ChannelFuture) written));
        upstream.abort();
    }

    private void onWritten(ChannelFuture written) {
        if (timer != null) {
            timer.cancel(false);
        }
        if (!written.isSuccess() || client.isInputShutdown()) {
            client.close();
            return;
        }
        // The end of the client's side is the end, no longer one half of it.
        client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        LingeringClose.begin(client);
    }

    private void cut() {
        said = true;
        if (timer != null) {
            timer.cancel(false);
        }
        fromUpstream.stop();
        upstream.abort();
        SecureChannel.cut(client);
    }

    /** RFC 6455 section 5.5.1, from a server, and so without a mask. */
    static ByteBuf closeFrame(ByteBufAllocator allocator, FaultKind why) {
        ByteBuf frame = allocator.buffer(4 + why.title().length());
        frame.writeByte(0x88);
        frame.writeByte(2 + why.title().length());
        frame.writeShort(why.retryLater() ? TRY_AGAIN_LATER : POLICY_VIOLATION);
        ByteBufUtil.writeAscii(frame, why.title());
        return frame;
    }
}
