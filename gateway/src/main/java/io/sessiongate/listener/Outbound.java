package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import org.jspecify.annotations.Nullable;

/** The way of answers to a client, whatever the wire. Confined to the connection's event loop. */
abstract class Outbound {

    /** An interim answer, which has no body. */
    abstract void interim(WireResponse interim);

    /** The answer behind which there is no HTTP any more, rid of hop-by-hop fields. */
    abstract void switching(WireResponse answer);

    /** Decides how the body of an answer goes, and says so in its head where the wire needs it. */
    abstract AnswerFraming frame(WireResponse answer, boolean headRequest, boolean http10);

    /**
     * The head of an answer; {@link #takeBack} can undo it and what follows until something has left.
     *
     * @param keep whether another request may follow
     */
    abstract void head(WireResponse answer, AnswerFraming framing, boolean keep, boolean http10);

    /** Drops the answer begun with {@link #head}; false where some of it may have left. */
    abstract boolean takeBack();

    /** A piece of the answer's body, which is taken over. */
    abstract void body(ByteBuf piece);

    /** The end of the answer's body, and the fields behind it. */
    abstract void end(@Nullable WireTrailers trailers);

    abstract void flush();

    /** Flushes the rest of an answer and tells its exchange when it has left, perhaps within the call. */
    abstract void finish(Exchange answered);

    /** Whether more of an answer is welcome: the client takes it, and there is memory for it. */
    abstract boolean isWritable();

    /** Bytes that the client has to take before more is welcome; fewer each time it takes some. */
    abstract long bytesBeforeWritable();
}
