package io.sessiongate.listener;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.LoopBytes;
import io.sessiongate.http.WireWriter;
import org.jspecify.annotations.Nullable;

/** A connection's way to its client: what is written, and what of it waits. Confined to the connection's event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a write is told by events
final class Outbound {

    private final SocketChannel channel;
    private final WireWriter writer;
    private final Backlog backlog;

    /** A flush only orders a write, which is done later. */
    private final boolean writesLater;

    private final ChannelFutureListener onLeft = this::onLeft;
    private @Nullable Exchange finished;

    Outbound(SocketChannel channel, boolean writesLater, LoopBytes books, Backlog.Events events) {
        this.channel = channel;
        this.writer = new WireWriter(channel, null);
        this.backlog = new Backlog(channel, books, events);
        this.writesLater = writesLater;
    }

    WireWriter writer() {
        return writer;
    }

    /** What waits for this client. */
    Backlog backlog() {
        return backlog;
    }

    void flush() {
        writer.flush();
        backlog.settle();
    }

    /** Flushes the rest of an answer and tells when it has left, within the call where the socket takes it at once. */
    void finish(Exchange answered) {
        if (writesLater) {
            finished = answered;
            writer.flush(onLeft);
            backlog.settle();
            return;
        }
        writer.flush();
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        if (pending == null) {
            answered.onWritten(false);
        } else if (pending.isEmpty()) {
            answered.onWritten(true);
        } else {
            finished = answered;
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(onLeft);
            backlog.settle();
        }
    }

    /** No other exchange begins before this; one that was cut meanwhile hears of it in vain. */
    private void onLeft(Future<?> written) {
        Exchange answered = finished;
        finished = null;
        if (answered != null) {
            answered.onWritten(written.isSuccess());
        }
    }

    /** Whether more of an answer is welcome: the client takes it, and there is memory for it. */
    boolean isWritable() {
        return channel.isWritable() && backlog.takesMore();
    }

    /** The connection is over: what was not written goes nowhere. */
    void close() {
        writer.close();
    }
}
