package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.LoopBytes;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.http.WireWriter;
import org.jspecify.annotations.Nullable;

/** The answers of a connection of HTTP/1.1: what is written, and what of it waits. Confined to the connection's event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a write is told by events
final class ConnectionOutbound extends Outbound {

    private final SocketChannel channel;
    private final WireWriter writer;
    private final Backlog backlog;

    /** A flush only orders a write, which is done later. */
    private final boolean writesLater;

    private final ChannelFutureListener onLeft = this::onLeft;
    private @Nullable Exchange finished;

    ConnectionOutbound(SocketChannel channel, boolean writesLater, LoopBytes books, Backlog.Events events) {
        this.channel = channel;
        this.writer = new WireWriter(channel, null);
        this.backlog = new Backlog(channel, books, events);
        this.writesLater = writesLater;
    }

    @Override
    void interim(WireResponse interim) {
        writer.head(interim, false);
        flush();
    }

    @Override
    void switching(WireResponse answer) {
        answer.set("Connection", "upgrade");
        answer.set("Upgrade", "websocket");
        interim(answer);
    }

    @Override
    AnswerFraming frame(WireResponse answer, boolean headRequest, boolean http10) {
        return ResponseHeads.frame(answer, headRequest, http10);
    }

    @Override
    void head(WireResponse answer, AnswerFraming framing, boolean keep, boolean http10) {
        ResponseHeads.connection(answer, keep, http10);
        writer.mark();
        writer.head(answer, framing == AnswerFraming.CHUNKED);
    }

    @Override
    boolean takeBack() {
        return writer.takeBack();
    }

    @Override
    void body(ByteBuf piece) {
        writer.body(piece);
    }

    @Override
    void end(@Nullable WireTrailers trailers) {
        writer.end(trailers);
    }

    /** What waits for this client. */
    Backlog backlog() {
        return backlog;
    }

    @Override
    void flush() {
        writer.flush();
        backlog.settle();
    }

    /** Within the call where the socket takes it at once. */
    @Override
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

    @Override
    boolean isWritable() {
        return channel.isWritable() && backlog.takesMore();
    }

    @Override
    long bytesBeforeWritable() {
        return channel.bytesBeforeWritable();
    }

    /** The connection is over: what was not written goes nowhere. */
    void close() {
        writer.close();
    }
}
