package io.sessiongate.upstream;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.sessiongate.http.Fault;

/**
 * What happens to one request on its way to and from an upstream. Called on the event loop it was acquired on. The order
 * is: {@code onConnection} or {@code onUnavailable}; then any number of {@code onInterim}; then {@code onHead}, bodies,
 * of which the last is a {@code LastHttpContent}. {@code onBroken} ends it at any point; nothing follows it.
 */
public interface UpstreamEvents {

    /** A connection is this request's until it is released or aborted. */
    void onConnection(UpstreamConnection connection);

    /** There will be no connection. */
    void onUnavailable(Fault fault);

    /** A head with a status of 1xx, other than 101. */
    void onInterim(HttpResponse head);

    /** The head of the final answer, its framing checked; 101 only where an upgrade was asked for. */
    void onHead(HttpResponse head);

    /** A piece of the answer's body; the receiver releases it. */
    void onBody(HttpContent content);

    /** Nothing more of the answer is at hand: time to flush what was passed on, and to ask for more. */
    void onPause();

    /** The upstream takes more of the request's body. */
    void onWritable();

    /**
     * The exchange broke and the connection is closed.
     *
     * @param stale whether it was a kept connection that ended before a byte of the answer came, so that the upstream
     *     most likely never saw the request
     */
    void onBroken(Fault fault, boolean stale);
}
