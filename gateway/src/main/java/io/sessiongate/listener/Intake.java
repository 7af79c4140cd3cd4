package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.BodyReader;
import io.sessiongate.http.Fault;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.RequestReader;
import io.sessiongate.http.WireRequest;
import org.jspecify.annotations.Nullable;

/**
 * What came from a client and was not looked at yet, and the readers of heads and bodies that look at it. Confined to the
 * connection's event loop.
 */
final class Intake {

    /** Longest rest of an unread body that is read and dropped to keep a connection. */
    static final long DRAINED_BYTES = 64 * 1024;

    private final HeadStorages storages;
    private LimitsConfig limits;
    private RequestReader heads;
    private BodyReader body;

    /** Never empty, but while it is being looked at. */
    private @Nullable ByteBuf held;

    /** No more of the body is looked at for now. */
    private boolean paused;

    private long dropped;

    Intake(LimitsConfig limits, HeadStorages storages) {
        this.storages = storages;
        this.limits = limits;
        this.heads = heads(limits, storages);
        this.body = body(limits, storages);
    }

    private static RequestReader heads(LimitsConfig limits, HeadStorages storages) {
        return new RequestReader(
                limits.requestHeadBytes(), limits.requestTargetBytes(), limits.headerCount(), storages);
    }

    private static BodyReader body(LimitsConfig limits, HeadStorages storages) {
        return new BodyReader(limits.requestHeadBytes(), limits.headerCount(), storages);
    }

    /** Other limits hold from now on; between two requests, when neither head nor body is being read. */
    void limit(LimitsConfig next) {
        if (!next.equals(limits)) {
            limits = next;
            heads = heads(next, storages);
            body = body(next, storages);
        }
    }

    // ---- octets

    /** Takes over what was read, behind what is there. */
    void add(ByteBufAllocator allocator, ByteBuf in) {
        ByteBuf before = held;
        held = before == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, before, in);
    }

    /** What is there; null where there is nothing. */
    @Nullable ByteBuf held() {
        return held;
    }

    /** Hands over what is there. */
    @Nullable ByteBuf handOver() {
        ByteBuf all = held;
        held = null;
        return all;
    }

    /** Lets go of it once it was looked at to its end. */
    void settle() {
        ByteBuf seen = held;
        if (seen != null && !seen.isReadable()) {
            held = null;
            seen.release();
        }
    }

    /** Bytes read that are not understood yet. */
    int leftover() {
        return held == null ? 0 : held.readableBytes();
    }

    /** The same with what was read of an unfinished head. */
    int unfinished() {
        return leftover() + heads.heldBytes();
    }

    // ---- heads

    /** Whether an octet of a head has come whose end has not. */
    boolean begun() {
        return heads.begun();
    }

    HeadProgress readHead(ByteBuf in) {
        return heads.read(in);
    }

    /** Why a head was refused. */
    Fault fault() {
        return heads.fault();
    }

    /** The head that is whole, or as far as it was understood. */
    WireRequest head() {
        return heads.head();
    }

    /** Gives up the head that has begun; what stands for it. */
    WireRequest unreadHead() {
        heads.close();
        return WireRequest.unread(storages);
    }

    // ---- bodies

    /** A body of that length follows, which is not looked at until it is wanted. */
    void expectBody(long length) {
        body.begin(length);
        paused = true;
    }

    void pauseBody() {
        paused = true;
    }

    void resumeBody() {
        paused = false;
    }

    /** Whether its end was read. */
    boolean bodyDone() {
        return body.done();
    }

    /** Shows the exchange the next piece of the body; false where there is none for now. */
    boolean passBody(ByteBuf in, Exchange to) {
        if (paused || body.done()) {
            return false;
        }
        ByteBuf piece = body.next(in);
        Fault flaw = body.fault();
        if (flaw != null) {
            to.onRequestFlaw(flaw);
            return true;
        }
        if (piece != null) {
            to.onRequestBody(piece);
        }
        if (body.done()) {
            to.onRequestEnd(body.trailers());
            body.release();
        }
        return piece != null;
    }

    /** What becomes of a body that nobody wants. */
    enum Dropping {
        GOES_ON,
        NEEDS_MORE,
        ENDED,
        TOO_MUCH
    }

    /** From here on the body is read and dropped. */
    void beginToDrop() {
        dropped = 0;
    }

    Dropping drop(ByteBuf in) {
        ByteBuf piece = body.next(in);
        if (piece != null) {
            dropped += piece.readableBytes();
            piece.release();
        }
        if (body.fault() != null || dropped > DRAINED_BYTES) {
            return Dropping.TOO_MUCH;
        }
        if (body.done()) {
            body.release();
            return Dropping.ENDED;
        }
        return piece == null ? Dropping.NEEDS_MORE : Dropping.GOES_ON;
    }

    // ---- the end

    /**
     * The connection is over.
     *
     * @param looking whether what is there is being looked at, and let go of behind that
     */
    void close(boolean looking) {
        ByteBuf unread = looking ? null : handOver();
        if (unread != null) {
            unread.release();
        }
        heads.close();
        body.release();
    }
}
