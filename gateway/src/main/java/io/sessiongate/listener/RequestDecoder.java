package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.sessiongate.config.LimitsConfig;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Netty's request decoder made strict (see {@link HeadScan}) and made to stop: behind every head and behind every
 * request nothing is decoded until {@link #resume} asks for it. What was read meanwhile stays as bytes, at most
 * {@link #leftover}, so that pipelined requests cost their bytes and no more. Confined to the connection's event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {

    /** Longest method and version beside the target, with the spaces: enough for every registered method. */
    private static final int LINE_BESIDE_TARGET = 48;

    private final LongSupplier nanoTime;
    private final HeadScan scan = new HeadScan();
    private boolean inHead = true;
    private boolean begun;
    private boolean paused;
    private boolean reading;
    private long begunNanos;

    RequestDecoder(LimitsConfig limits, LongSupplier nanoTime) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestTargetBytes() + LINE_BESIDE_TARGET)
                .setMaxHeaderSize(limits.requestHeadBytes())
                .setMaxChunkSize(Integer.MAX_VALUE));
        this.nanoTime = nanoTime;
    }

    /** Stops before the next piece of a body. */
    void pause() {
        paused = true;
    }

    /**
     * Goes on: first with the bytes that are at hand. Within a read the loop around {@link #decode} goes on by itself;
     * outside one, a task does it, because calling into it would nest a stack frame for every pipelined request.
     */
    void resume(ChannelHandlerContext ctx) {
        paused = false;
        if (!reading && leftover() > 0) {
            ctx.executor().execute(() -> decodeLeftover(ctx.pipeline().context(this)));
        }
    }

    private void decodeLeftover(@Nullable ChannelHandlerContext own) {
        if (own == null || own.isRemoved() || leftover() == 0) {
            return;
        }
        try {
            channelRead(own, Unpooled.EMPTY_BUFFER);
            channelReadComplete(own);
        } catch (Exception e) {
            own.fireExceptionCaught(e);
        }
    }

    /** Bytes read and not decoded. */
    int leftover() {
        return internalBuffer().readableBytes();
    }

    /** Whether a byte of a head has come whose end has not. */
    boolean headBegun() {
        return inHead && begun;
    }

    /** When the first byte of the head was seen. */
    long begunNanos() {
        return begunNanos;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
        boolean outermost = !reading;
        reading = true;
        try {
            super.channelRead(ctx, input);
        } finally {
            if (outermost) {
                reading = false;
            }
        }
    }

    /** Left to the connection: the super class would ask for more by itself, without a bound. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        ctx.fireChannelReadComplete();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (paused) {
            return;
        }
        if (inHead && !begun) {
            begun = true;
            begunNanos = nanoTime.getAsLong();
            scan.reset();
        }
        boolean head = inHead;
        int before = out.size();
        int from = buffer.readerIndex();
        super.decode(ctx, buffer, out);
        if (head) {
            scan.lines(buffer, from, buffer.readerIndex());
        }
        for (int i = before; i < out.size(); i++) {
            onDecoded(out.get(i));
        }
    }

    private void onDecoded(Object message) {
        if (message instanceof HttpRequest request) {
            inHead = false;
            paused = true;
            String flaw = scan.flaw();
            if (flaw != null && request.decoderResult().isSuccess()) {
                request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(flaw)));
            }
        }
        if (message instanceof LastHttpContent) {
            inHead = true;
            begun = false;
            paused = true;
        }
    }
}
