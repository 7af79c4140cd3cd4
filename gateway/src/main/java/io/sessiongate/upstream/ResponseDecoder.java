package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Netty's response decoder, told which request an answer belongs to, and stopped after each: bytes behind an answer are
 * never read as the answer to the next request. Confined to the connection's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
final class ResponseDecoder extends HttpResponseDecoder {

    private static final int LONGEST_STATUS_LINE = 8192;

    private boolean head;
    private boolean interim;
    private boolean stopped = true;
    private boolean byteSeen;

    ResponseDecoder(int headBytes) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(LONGEST_STATUS_LINE)
                .setMaxHeaderSize(headBytes)
                .setMaxChunkSize(Integer.MAX_VALUE));
    }

    /** A request goes out: its answer may come. */
    void expect(boolean headRequest) {
        head = headRequest;
        interim = false;
        byteSeen = false;
        stopped = false;
    }

    /** Whether anything came since {@link #expect}. */
    boolean byteSeen() {
        return byteSeen;
    }

    /** Bytes that came behind the end of the answer. */
    int leftover() {
        return stopped ? internalBuffer().readableBytes() : 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
        if (stopped) {
            // Nobody asked: what this connection says from now on cannot be matched to a request.
            ReferenceCountUtil.release(input);
            ctx.close();
            return;
        }
        byteSeen = true;
        super.channelRead(ctx, input);
    }

    /** Left to the connection: the super class would ask for more by itself whatever the client's pace. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        ctx.fireChannelReadComplete();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (stopped) {
            return;
        }
        int before = out.size();
        super.decode(ctx, buffer, out);
        for (int i = before; i < out.size(); i++) {
            Object message = out.get(i);
            if (message instanceof HttpResponse response) {
                interim = response.status().code() < 200 && response.status().code() != 101;
            } else if (message instanceof LastHttpContent && !interim) {
                stopped = true;
            }
        }
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        int status = ((HttpResponse) message).status().code();
        return status < 200 || head || super.isContentAlwaysEmpty(message);
    }

    /** What follows a 101 is not HTTP; it is kept until this decoder is removed. */
    @Override
    protected boolean isSwitchingToNonHttp1Protocol(HttpResponse response) {
        return response.status().code() == 101;
    }
}
