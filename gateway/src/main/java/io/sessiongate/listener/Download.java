package io.sessiongate.listener;

import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sessiongate.flow.Answer;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.NettyResponseHead;

/**
 * The answer's half of one exchange: what was written to the client, where its body ends, and whether the connection goes
 * on behind it. Confined to the client connection's event loop.
 *
 * <p>Of interim answers (1xx, RFC 9110 section 15.2) none is passed on to HTTP/1.0, a 100 once and only where it was asked
 * for, others up to {@value #MOST_INTERIMS}.
 */
final class Download {

    private static final int MOST_INTERIMS = 16;

    private final ClientConnection client;
    private final boolean headRequest;
    private final boolean http10;
    private int interims;
    private boolean continued;
    private boolean keep;
    private boolean closeDelimited;
    private long bytes;

    /** An answer behind which the connection ends, until {@link #keepAlive} says otherwise. */
    Download(ClientConnection client, boolean headRequest, boolean http10) {
        this.client = client;
        this.headRequest = headRequest;
        this.http10 = http10;
    }

    /** Whether the client wishes the connection to go on. */
    void keepAlive(boolean wished) {
        keep = wished;
    }

    /** The connection ends behind the answer. */
    void close() {
        keep = false;
    }

    boolean keeps() {
        return keep;
    }

    /** Whether only the end of the connection ends the body. */
    boolean closeDelimited() {
        return closeDelimited;
    }

    /** Whether the client has been told to send its body. */
    boolean continued() {
        return continued;
    }

    long bytes() {
        return bytes;
    }

    /** Passes an interim answer on, or drops it. */
    void interim(HttpResponse interim, boolean expectsContinue) {
        boolean isContinue = interim.status().code() == 100;
        boolean wanted = !isContinue || (expectsContinue && !continued);
        if (http10 || !wanted || ++interims > MOST_INTERIMS) {
            return;
        }
        continued |= isContinue;
        HopByHop.strip(new NettyResponseHead(interim));
        var whole = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, interim.status());
        whole.headers().set(interim.headers());
        client.write(whole);
        client.flush();
    }

    /**
     * The head of the upstream's answer, rid of hop-by-hop fields.
     *
     * @param unread whether a rest of the request's body will not be read
     */
    void head(HttpResponse answer, boolean unread) {
        closeDelimited = ResponseHeads.frame(answer, headRequest, http10);
        keep = keep && !closeDelimited && !unread && !client.ends();
        ResponseHeads.connection(answer, keep, http10);
        client.answersHead(headRequest);
        client.write(answer);
    }

    void body(HttpContent content) {
        bytes += content.content().readableBytes();
        client.write(content);
    }

    void last(LastHttpContent last, ChannelFutureListener onWritten) {
        bytes += last.content().readableBytes();
        client.writeLast(last, onWritten);
    }

    /** The 101 behind which there is no HTTP any more. */
    void switching(HttpResponse answer) {
        answer.setProtocolVersion(HttpVersion.HTTP_1_1);
        answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        answer.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        client.write(answer);
        client.write(LastHttpContent.EMPTY_LAST_CONTENT);
        client.flush();
    }

    /**
     * A whole answer of ours.
     *
     * @param droppable whether the rest of the request's body, if any, can be read and dropped
     */
    void whole(Answer answer, boolean droppable, ChannelFutureListener onWritten) {
        keep = keep && !client.ends() && droppable;
        client.answersHead(headRequest);
        FullHttpResponse response = ResponseHeads.of(answer, keep, http10);
        bytes = headRequest ? 0 : response.content().readableBytes();
        client.writeLast(response, onWritten);
    }
}
