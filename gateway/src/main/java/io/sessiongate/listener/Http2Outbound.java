package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a stream: written as far as the client's windows and its socket take them. What they do not take waits
 * here, which is no more than was read of the upstream at once, as nothing more is asked for meanwhile. Confined to the
 * connection's event loop.
 */
final class Http2Outbound extends Outbound {

    private static final long UNKNOWN = -1;

    private final Http2Connection connection;
    private final Http2Stream stream;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();

    private int id;
    private long window;
    private long waitingBytes;

    /** What is missing of the body by its length. */
    private long left;

    /** Nothing may be written behind what waits. */
    private boolean ended;

    /** The last frame was written. */
    private boolean closed;

    private @Nullable ByteBuf trailers;
    private @Nullable Exchange finishing;

    /** Somebody was told that nothing more is welcome. */
    private boolean refused;

    /** Is in the connection's line of those that would write. */
    boolean inLine;

    Http2Outbound(Http2Connection connection, Http2Stream stream) {
        this.connection = connection;
        this.stream = stream;
    }

    void begin(int number) {
        id = number;
        window = connection.line().initialWindow();
        left = UNKNOWN;
        ended = false;
        closed = false;
        refused = false;
        finishing = null;
    }

    /** Whether the last frame was written. */
    boolean closed() {
        return closed;
    }

    /** Changes what the client takes; false where that is more than there can be. */
    boolean widen(long bytes) {
        window += bytes;
        return window <= Integer.MAX_VALUE;
    }

    @Override
    void interim(WireResponse interim) {
        if (!ended) {
            connection.writer().headers(id, interim, false, connection.line().maxPayload());
            flush();
        }
    }

    /** RFC 8441 section 5.1: there is no switch, and so no 101. */
    @Override
    void switching(WireResponse answer) {
        answer.become(200);
        answer.remove("Sec-WebSocket-Accept");
        left = UNKNOWN;
        connection.writer().headers(id, answer, false, connection.line().maxPayload());
        flush();
    }

    @Override
    AnswerFraming frame(WireResponse answer, boolean headRequest, boolean http10) {
        if (answer.status() == 204) {
            answer.remove(FieldName.CONTENT_LENGTH);
        }
        boolean bodiless = ResponseHeads.bodiless(answer.status(), headRequest);
        return bodiless ? AnswerFraming.BODILESS : AnswerFraming.DELIMITED;
    }

    @Override
    void head(WireResponse answer, AnswerFraming framing, boolean keep, boolean http10) {
        boolean bodiless = framing == AnswerFraming.BODILESS;
        left = bodiless ? 0 : answer.number(FieldName.CONTENT_LENGTH);
        connection.writer().headers(id, answer, left == 0, connection.line().maxPayload());
        ended = left == 0;
        closed = ended;
    }

    /** What was written to the gathered frames of all streams stays there. */
    @Override
    boolean takeBack() {
        return false;
    }

    @Override
    void body(ByteBuf piece) {
        if (ended || !piece.isReadable()) {
            piece.release();
            return;
        }
        if (left > 0) {
            left -= piece.readableBytes();
            ended = left <= 0;
        }
        waiting.addLast(piece);
        waitingBytes += piece.readableBytes();
        connection.line().held(piece.readableBytes());
        write();
    }

    @Override
    void end(@Nullable WireTrailers behind) {
        if (ended) {
            return;
        }
        ended = true;
        if (behind != null && behind.size() > 0) {
            trailers = connection.writer().held(behind);
        }
        write();
    }

    /** Writes what may be written; the rest stands in line where the connection is what it waits for. */
    private void write() {
        if (inLine) {
            return;
        }
        while (writeOne()) {
            // as far as it goes
        }
        if (!waiting.isEmpty() && window > 0) {
            connection.line().stand(this);
        }
    }

    /** Writes a frame; false where there is none, or the client does not take it. */
    boolean writeOne() {
        ByteBuf piece = waiting.peekFirst();
        if (piece == null) {
            writeEnd();
            return false;
        }
        int room = (int) Math.min(
                Math.min(window, connection.line().room()), connection.line().maxPayload());
        if (room <= 0) {
            return false;
        }
        int bytes = Math.min(room, piece.readableBytes());
        boolean whole = bytes == piece.readableBytes();
        boolean last = whole && ended && waiting.size() == 1 && trailers == null;
        if (whole) {
            waiting.pollFirst();
        }
        window -= bytes;
        waitingBytes -= bytes;
        connection.sent(bytes, !whole);
        connection.writer().data(id, whole ? piece : piece.readRetainedSlice(bytes), last);
        closed |= last;
        return !closed;
    }

    private void writeEnd() {
        if (!ended || closed) {
            return;
        }
        closed = true;
        ByteBuf behind = trailers;
        trailers = null;
        if (behind == null) {
            connection.writer().end(id);
        } else {
            connection.writer().trailers(id, behind, connection.line().maxPayload());
        }
    }

    /** Its turn in the line: writes a frame; whether it would write another. */
    boolean turn() {
        inLine = false;
        boolean more = writeOne() && !waiting.isEmpty() && window > 0;
        inLine = more;
        if (!more) {
            goOn();
        }
        return more;
    }

    /** More may go: after it was told so by the client, or its turn in the line has come. */
    void goOn() {
        write();
        tellWritten();
        stream.onTaken();
    }

    /** The exchange is over once its last frame was written. */
    void tellWritten() {
        Exchange answered = finishing;
        if (closed && answered != null) {
            finishing = null;
            answered.onWritten(true);
        }
    }

    @Override
    void flush() {
        connection.flushSoon();
    }

    @Override
    void finish(Exchange answered) {
        flush();
        finishing = answered;
        tellWritten();
    }

    @Override
    boolean isWritable() {
        boolean writable = waiting.isEmpty() && connection.takesMore();
        refused = !writable;
        return writable;
    }

    /** Whether somebody waits for {@link #isWritable}, which it is now. */
    boolean welcomesAgain() {
        return refused && isWritable();
    }

    @Override
    long bytesBeforeWritable() {
        return waitingBytes + connection.bytesBeforeWritable();
    }

    /** Gives up what was not written. */
    void end() {
        for (ByteBuf piece = waiting.pollFirst(); piece != null; piece = waiting.pollFirst()) {
            piece.release();
        }
        connection.line().held(-waitingBytes);
        waitingBytes = 0;
        ByteBuf unsent = trailers;
        trailers = null;
        if (unsent != null) {
            unsent.release();
        }
        finishing = null;
        ended = true;
        closed = true;
        connection.line().leave(this);
    }
}
