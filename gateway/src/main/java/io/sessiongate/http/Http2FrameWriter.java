package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames to a client or a server so that what is flushed together goes out in as few pieces as possible: frames and small pieces
 * of data are gathered in one buffer, large pieces go behind it as they are, uncopied. Holds back at most one buffer until
 * {@link #flush}. Confined to the channel's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failures of writes come as the end of the connection
public final class Http2FrameWriter {

    private static final int HEADER_BYTES = 9;
    private static final int END_STREAM = 0x1;
    private static final int ACK = 0x1;
    private static final int END_HEADERS = 0x4;

    /** What is at most so long is copied behind what is gathered: cheaper than a further piece. */
    private static final int COPIED_BYTES = 4096;

    private static final int FIRST_BYTES = 2048;

    /** What is gathered beyond that goes to the channel, so that nothing large grows by copying. */
    private static final int MOST_GATHERED = 16 * 1024;

    private final Channel channel;
    private @Nullable ByteBuf gathered;

    /** Something is with the channel that was not flushed. */
    private boolean written;

    /** An answer was written, and with it that no table is used. */
    private boolean tableGivenUp;

    public Http2FrameWriter(Channel channel) {
        this.channel = channel;
    }

    /** Whether something was written since the last flush. */
    public boolean unflushed() {
        return written || gathered != null;
    }

    /**
     * The head of an answer.
     *
     * @param maxPayload largest payload of a frame that the client takes
     */
    public void headers(int stream, WireResponse head, boolean ends, int maxPayload) {
        block(stream, head.status(), head.storage(), ends, maxPayload);
    }

    /** What a client begins with; the settings follow. */
    public void preface() {
        Http2FrameReader.writePreface(room(FIRST_BYTES));
    }

    /**
     * The head of a request; without the fields of HTTP/1.1's connection.
     *
     * @param secure whether the scheme is https
     */
    public void headers(int stream, WireRequest head, boolean secure, boolean ends, int maxPayload) {
        ByteBuf block = channel.alloc().heapBuffer(HpackEncoder.mostBytes(head));
        HpackEncoder.encode(head, secure, block);
        block(stream, block, ends ? END_STREAM : 0, maxPayload);
    }

    /** The fields behind a body, which end the stream. */
    public void trailers(int stream, WireTrailers trailers, int maxPayload) {
        block(stream, 0, trailers.storage(), true, maxPayload);
    }

    /** The block of such fields, for {@link #trailers(int, ByteBuf, int)}. */
    public ByteBuf held(WireTrailers trailers) {
        ByteBuf block = channel.alloc().heapBuffer(HpackEncoder.mostBytes(trailers.storage()));
        HpackEncoder.encode(0, trailers.storage(), block);
        return block;
    }

    /** Fields behind a body that were held back; the block is taken over. */
    public void trailers(int stream, ByteBuf block, int maxPayload) {
        block(stream, block, END_STREAM, maxPayload);
    }

    private void block(int stream, int status, HeadStorage fields, boolean ends, int maxPayload) {
        int most = HpackEncoder.mostBytes(fields);
        ByteBuf out = room(HEADER_BYTES + most);
        int start = out.writerIndex();
        out.writeZero(HEADER_BYTES);
        if (status > 0 && !tableGivenUp) {
            tableGivenUp = true;
            HpackEncoder.giveUpTable(out);
        }
        HpackEncoder.encode(status, fields, out);
        int length = out.writerIndex() - start - HEADER_BYTES;
        int flags = ends ? END_STREAM : 0;
        if (length <= maxPayload) {
            header(out, start, length, Http2Frame.HEADERS, flags | END_HEADERS, stream);
            return;
        }
        ByteBuf rest = out.copy(start + HEADER_BYTES, length);
        out.writerIndex(start);
        block(stream, rest, flags, maxPayload);
    }

    private void block(int stream, ByteBuf block, int flags, int maxPayload) {
        try {
            frames(stream, block, flags, maxPayload);
        } finally {
            block.release();
        }
    }

    private void frames(int stream, ByteBuf block, int flags, int maxPayload) {
        int type = Http2Frame.HEADERS;
        int first = flags;
        do {
            int part = Math.min(block.readableBytes(), maxPayload);
            boolean last = part == block.readableBytes();
            ByteBuf out = room(HEADER_BYTES + part);
            begin(out, part, type, first | (last ? END_HEADERS : 0), stream);
            out.writeBytes(block, part);
            type = Http2Frame.CONTINUATION;
            first = 0;
        } while (block.isReadable());
    }

    /** A piece of a body, which is taken over; no longer than a frame may be. */
    public void data(int stream, ByteBuf piece, boolean ends) {
        int length = piece.readableBytes();
        boolean copied = length <= COPIED_BYTES;
        ByteBuf out = room(HEADER_BYTES + (copied ? length : 0));
        begin(out, length, Http2Frame.DATA, ends ? END_STREAM : 0, stream);
        if (copied) {
            out.writeBytes(piece);
            piece.release();
        } else {
            push();
            written = true;
            channel.write(piece, channel.voidPromise());
        }
    }

    /** The end of a body. */
    public void end(int stream) {
        begin(room(HEADER_BYTES), 0, Http2Frame.DATA, END_STREAM, stream);
    }

    public void reset(int stream, Http2Error error) {
        ByteBuf out = room(HEADER_BYTES + 4);
        begin(out, 4, Http2Frame.RST_STREAM, 0, stream);
        out.writeInt(error.code());
    }

    /** Settings, each a number and its value behind one another. */
    public void settings(int... settings) {
        ByteBuf out = room(HEADER_BYTES + settings.length * 3);
        begin(out, settings.length * 3, Http2Frame.SETTINGS, 0, 0);
        for (int i = 0; i < settings.length; i += 2) {
            out.writeShort(settings[i]);
            out.writeInt(settings[i + 1]);
        }
    }

    public void settingsAck() {
        begin(room(HEADER_BYTES), 0, Http2Frame.SETTINGS, ACK, 0);
    }

    public void ping(long payload, boolean ack) {
        ByteBuf out = room(HEADER_BYTES + 8);
        begin(out, 8, Http2Frame.PING, ack ? ACK : 0, 0);
        out.writeLong(payload);
    }

    /** Says that no stream behind {@code lastStream} was or will be looked at. */
    public void goAway(int lastStream, Http2Error error, String detail) {
        ByteBuf out = room(HEADER_BYTES + 8 + detail.length());
        begin(out, 8 + detail.length(), Http2Frame.GOAWAY, 0, 0);
        out.writeInt(lastStream);
        out.writeInt(error.code());
        ByteBufUtil.writeAscii(out, detail);
    }

    /** Lets the client send more; stream 0 is the connection. */
    public void window(int stream, int bytes) {
        ByteBuf out = room(HEADER_BYTES + 4);
        begin(out, 4, Http2Frame.WINDOW_UPDATE, 0, stream);
        out.writeInt(bytes);
    }

    /** Hands what was gathered to the channel and flushes it. */
    public void flush() {
        push();
        written = false;
        channel.flush();
    }

    /** The channel is closed: what was gathered goes nowhere. */
    public void close() {
        ByteBuf lost = gathered;
        gathered = null;
        if (lost != null) {
            lost.release();
        }
    }

    private static void begin(ByteBuf out, int length, int type, int flags, int stream) {
        out.writeMedium(length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
    }

    private static void header(ByteBuf out, int at, int length, int type, int flags, int stream) {
        out.setMedium(at, length);
        out.setByte(at + 3, type);
        out.setByte(at + 4, flags);
        out.setInt(at + 5, stream);
    }

    private ByteBuf room(int bytes) {
        ByteBuf open = gathered;
        if (open != null && open.readableBytes() + bytes > MOST_GATHERED) {
            push();
            open = null;
        }
        if (open == null) {
            open = channel.alloc().directBuffer(Math.max(bytes, FIRST_BYTES));
            gathered = open;
        }
        return open;
    }

    private void push() {
        ByteBuf out = gathered;
        gathered = null;
        if (out != null) {
            written = true;
            channel.write(out, channel.voidPromise());
        }
    }
}
