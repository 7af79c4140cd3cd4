package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.WireTrailers;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request over HTTP/2, as far as the server's windows take it. What they do not take waits, which is no more than
 * was read of the client at once, as nothing more is asked for meanwhile; {@link #held} is counted by who reads the client. One stream after the other; confined to the
 * connection's event loop.
 */
final class Http2Sending {

    private static final int STANDARD_WINDOW = 65_535;

    private final Http2FrameWriter out;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private long initialWindow = STANDARD_WINDOW;
    private long connectionWindow = STANDARD_WINDOW;
    private long window;
    private int stream;

    /** Nothing comes behind what waits. */
    private boolean ended = true;

    /** The last frame was written. */
    private boolean closed = true;

    private @Nullable ByteBuf trailers;

    /** DATA frames written since they were asked for last. */
    private int frames;

    Http2Sending(Http2FrameWriter out) {
        this.out = out;
    }

    /**
     * A request begins.
     *
     * @param bodiless whether its head ends it
     */
    void begin(int number, boolean bodiless) {
        stream = number;
        window = initialWindow;
        ended = bodiless;
        closed = bodiless;
    }

    /** Whether the last frame of the request was written. */
    boolean closed() {
        return closed;
    }

    boolean empty() {
        return waiting.isEmpty();
    }

    /** Octets that wait, of the body and of the fields behind it. */
    int held() {
        ByteBuf behind = trailers;
        return waitingBytes + (behind == null ? 0 : behind.readableBytes());
    }

    void body(ByteBuf piece) {
        if (ended || !piece.isReadable()) {
            piece.release();
            return;
        }
        waiting.addLast(piece);
        waitingBytes += piece.readableBytes();
        write();
    }

    void end(@Nullable WireTrailers behind) {
        if (ended) {
            return;
        }
        ended = true;
        if (behind != null && behind.size() > 0) {
            trailers = out.held(behind);
        }
        write();
    }

    /** The server takes so much more; false where that is more than there can be. */
    boolean widen(int of, int bytes) {
        if (of == 0) {
            connectionWindow += bytes;
        } else if (of == stream) {
            window += bytes;
        }
        boolean good = connectionWindow <= Integer.MAX_VALUE && (closed || window <= Integer.MAX_VALUE);
        if (good) {
            write();
        }
        return good;
    }

    /** What the server takes of a stream at first, which counts for the one under way as well (RFC 9113 section 6.9.2). */
    boolean initial(long value) {
        if (value > Integer.MAX_VALUE) {
            return false;
        }
        long more = value - initialWindow;
        initialWindow = value;
        window += more;
        if (window > Integer.MAX_VALUE && !closed) {
            return false;
        }
        write();
        return true;
    }

    private void write() {
        while (!waiting.isEmpty()) {
            int room = (int) Math.min(Math.min(window, connectionWindow), Http2FrameReader.MOST_PAYLOAD);
            if (room <= 0) {
                return;
            }
            writePiece(waiting.element(), room);
        }
        if (ended && !closed) {
            closed = true;
            ByteBuf behind = trailers;
            trailers = null;
            if (behind == null) {
                out.end(stream);
            } else {
                out.trailers(stream, behind, Http2FrameReader.MOST_PAYLOAD);
            }
        }
    }

    private void writePiece(ByteBuf piece, int room) {
        int bytes = Math.min(room, piece.readableBytes());
        boolean whole = bytes == piece.readableBytes();
        if (whole) {
            waiting.remove();
        }
        waitingBytes -= bytes;
        window -= bytes;
        connectionWindow -= bytes;
        frames++;
        closed = ended && waiting.isEmpty() && trailers == null;
        out.data(stream, whole ? piece : piece.readRetainedSlice(bytes), closed);
    }

    /** DATA frames written since this was asked last. */
    int takeFrames() {
        int written = frames;
        frames = 0;
        return written;
    }

    /** Gives up what was not written. */
    void close() {
        for (ByteBuf piece = waiting.poll(); piece != null; piece = waiting.poll()) {
            piece.release();
        }
        waitingBytes = 0;
        ByteBuf unsent = trailers;
        trailers = null;
        if (unsent != null) {
            unsent.release();
        }
        ended = true;
        closed = true;
    }
}
