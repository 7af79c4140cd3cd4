package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import org.jspecify.annotations.Nullable;

/**
 * What a connection to a server speaks: writes the request, and shows the answer to the {@link UpstreamEvents} of the
 * connection. One request at a time, confined to the connection's event loop.
 */
interface UpstreamWire {

    /** Writes the head of a request; see {@link UpstreamConnection#begin}. */
    void begin(WireRequest head, boolean chunked, boolean upgrade);

    /** A piece of the body, which is taken over. */
    void body(ByteBuf piece);

    void end(@Nullable WireTrailers trailers);

    void flush();

    /** Octets of the request that were not even written to the channel, as the server does not take them yet. */
    int held();

    /** Whether more of the body would leave at once. */
    boolean isWritable();

    /** Shows what is read, until the answer is over, or nobody asks any more. What is not shown is kept or lost. */
    void read(ByteBuf in);

    /** Octets came while no request was under way. */
    void readUnasked(ByteBuf in);

    /** Nothing more is at hand. */
    void readComplete();

    /** Who asks takes more of the answer. */
    void more();

    /** Whether the server has to be heard although who asks takes no more of the answer. */
    boolean listens();

    /** No request is under way. */
    void rest();

    /** Whether all of the request was written, so that another may follow. */
    boolean settled();

    /** The server sends no more: whether that ends the answer. */
    boolean endOfInput();

    /** What was read behind a 101, which is the caller's. */
    @Nullable ByteBuf takeEarly();

    /** Shows nothing more. */
    void stop();

    /** The channel is closed: gives its memory back. */
    void close();
}
