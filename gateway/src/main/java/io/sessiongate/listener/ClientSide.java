package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.flow.Peer;
import io.sessiongate.flow.Protocol;
import io.sessiongate.upstream.UpstreamConnection;

/**
 * The client's side of the exchanges that come over it one after the other: a connection of HTTP/1.1, or a place for
 * streams of one of HTTP/2. What an {@link Exchange} does is the same over both. Confined to the connection's event loop.
 */
interface ClientSide {

    EventLoop loop();

    Peer peer();

    /** What the request came as. */
    Protocol protocol();

    /** What it shares with all of its event loop. */
    LoopParts shared();

    /** Of the exchange under way. */
    Deadline deadline();

    /** Of the exchange under way. */
    Workplace workplace();

    /** Where its answer is written. */
    Outbound out();

    /** Whether a turn of reading is under way, at whose end everything is flushed. */
    boolean reading();

    /** Whether no request may follow the one under way: the gateway stops, or enough were carried. */
    boolean ends();

    /** The head is in order; a body of that length follows, which is not looked at until it is wanted. */
    void expectBody(long length);

    /** The exchange takes the request's body. */
    void resumeBody();

    /** The exchange takes no more of the body for now. */
    void pauseBody();

    /**
     * Whether all of the request's body is here, though not passed on yet.
     *
     * @param bytesLeft what is missing of it by its length; of no meaning where that is not known
     */
    boolean bodyHere(long bytesLeft, boolean lengthKnown);

    /**
     * The answer is written to its last byte.
     *
     * @param keep whether another request may follow
     * @param bodyLeft whether the request's body was not read to its end
     */
    void answered(boolean keep, boolean bodyLeft);

    /** Cuts the exchange off where an answer cannot be completed, so that it does not look complete. */
    void abort(boolean withReset);

    /** Says over HTTP/2 that the request was not looked at, in place of an answer; over HTTP/1.1 there is no way to. */
    void refuse();

    /** The answer that switches to another protocol was written: from here on bytes are relayed. */
    Tunnel tunnel(UpstreamConnection to, Runnable onActivity);
}
