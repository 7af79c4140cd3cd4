package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.Fault;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import org.jspecify.annotations.Nullable;

/**
 * What happens to one request on its way to and from an upstream. Called on the event loop it was acquired on. The order
 * is: {@code onConnection} or {@code onUnavailable}; then any number of {@code onInterim}; then {@code onHead}, any
 * number of {@code onBody}, {@code onEnd}. Heads and trailers are only valid during the call. {@code onBroken} ends it at any point; nothing follows it.
 */
public interface UpstreamEvents {

    /** A connection is this request's until it is released or aborted. */
    void onConnection(UpstreamConnection connection);

    /** There will be no connection. */
    void onUnavailable(Fault fault);

    /** A head with a status of 1xx, other than 101. */
    void onInterim(WireResponse head);

    /** The head of the final answer, its framing checked; 101 only where an upgrade was asked for. */
    void onHead(WireResponse head);

    /** A piece of the answer's body; the receiver releases it. */
    void onBody(ByteBuf piece);

    /** The end of the answer, with the fields behind its body, if there are any. Not for a 101. */
    void onEnd(@Nullable WireTrailers trailers);

    /** Nothing more of the answer is at hand: time to flush what was passed on, and to ask for more. */
    void onPause();

    /** The upstream takes more of the request's body. */
    void onWritable();

    /** The exchange broke and the connection is closed. */
    void onBroken(Fault fault, Loss loss);
}
