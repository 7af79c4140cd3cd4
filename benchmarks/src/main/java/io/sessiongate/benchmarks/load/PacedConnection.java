package io.sessiongate.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * One kept-alive connection of a {@link PacedLoad}, with at most one request under way; opened again where it is lost, hence
 * sharable, on one channel at a time. Confined to the load's event loop.
 */
@ChannelHandler.Sharable
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection, and that is noticed
final class PacedConnection extends ChannelInboundHandlerAdapter {

    private final PacedLoad load;
    private final AnswerEnd answer = new AnswerEnd();
    private @Nullable ChannelHandlerContext context;
    private boolean underWay;

    /** What is under way belongs to an earlier run. */
    private boolean stale;

    /** Requests that were due on this connection so far, and those of them that were sent. */
    private long due;

    private long sent;
    private final int index;

    PacedConnection(PacedLoad load, int index) {
        this.load = load;
        this.index = index;
    }

    boolean idle() {
        return !underWay && context != null;
    }

    /** Forgets what was due in an earlier run. */
    void begin() {
        due = 0;
        sent = 0;
        stale = underWay;
    }

    /** One more request is due; it goes out now, or once those before it are answered. */
    void due() {
        due++;
        if (!underWay) {
            sendNext();
        }
    }

    private void sendNext() {
        ChannelHandlerContext open = context;
        if (open != null) {
            underWay = true;
            open.writeAndFlush(load.request(index, sent), open.voidPromise());
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        answer.reset();
        if (sent < due) {
            sendNext();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var bytes = (ByteBuf) message;
        try {
            if (answer.read(bytes)) {
                int status = answer.status();
                answer.reset();
                over(status / 100 == 2);
            }
        } finally {
            bytes.release();
        }
    }

    private void over(boolean good) {
        underWay = false;
        if (stale) {
            stale = false;
        } else {
            load.answered(index, sent, good);
            sent++;
        }
        if (sent < due) {
            sendNext();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        if (underWay) {
            over(false);
        }
        load.lost(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
