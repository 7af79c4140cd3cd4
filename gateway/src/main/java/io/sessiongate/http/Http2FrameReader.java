package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes a connection apart into frames (RFC 9113 section 4), a client's or a server's, however the input is cut, and judges what a frame
 * alone shows: sizes, the streams it may be of, padding, and that nothing comes between the parts of a header block. The
 * payload of DATA is shown as it comes, uncopied; a header block is shown whole. Confined to the connection's event loop.
 */
public final class Http2FrameReader {

    /** Largest payload that is taken: the value that holds without a word (section 6.5.2). */
    public static final int MOST_PAYLOAD = 16 * 1024;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = 9;

    private static final int END_STREAM = 0x1;
    private static final int ACK = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int PADDED = 0x8;
    private static final int PRIORITY = 0x20;

    /** Frames of one header block; its octets are bounded as well, but could come one by one. */
    private static final int MOST_CONTINUATIONS = 32;

    /** What is shown of the connection. Where a method leads to the end of the connection, the reader is told to stop. */
    public interface Events {

        /** A frame came, of whatever type; before all else. */
        void onFrame(int type);

        /**
         * A whole header block.
         *
         * @param dependsOn the stream that it depends on, or -1
         */
        void onHeaders(int stream, byte[] block, int from, int to, boolean ends, int dependsOn);

        /**
         * DATA begins.
         *
         * @param bytes of data that follow
         * @param overhead of padding, counted by flow control as well
         * @return whether the data is to be shown
         */
        boolean onData(int stream, int bytes, int overhead);

        /** A piece of the data, which the receiver releases. */
        void onDataPiece(int stream, ByteBuf piece);

        /** The frame is over, and with it the stream, as far as the client sends. */
        void onDataEnd(int stream);

        void onPriority(int stream, int dependsOn);

        void onReset(int stream, int code);

        void onSetting(int id, long value);

        /** All settings of a frame were shown. */
        void onSettings();

        void onSettingsAck();

        void onPing(long payload);

        void onPingAck(long payload);

        /** The other end takes no streams behind that one. */
        void onGoAway(int lastStream);

        /**
         * More may be sent.
         *
         * @param stream 0 for the connection
         */
        void onWindow(int stream, int bytes);
    }

    private enum State {
        PREFACE,
        HEADER,
        PAYLOAD,
        DATA,
        STOPPED
    }

    private final int maxBlock;

    private State state;
    private int prefaceSeen;
    private boolean first = true;

    private int type;
    private int flags;
    private int stream;
    private int left;
    private int padding;
    private boolean shown;

    /** A header block whose end has not come. */
    private int blockStream;

    private byte[] block = new byte[0];
    private int blockBytes;
    private int blockFrames;
    private boolean blockEnds;
    private int blockDependsOn;

    private @Nullable Http2Error error;
    private String detail = "";

    /**
     * A reader.
     *
     * @param maxBlock longest header block
     */
    public Http2FrameReader(int maxBlock) {
        this(maxBlock, State.PREFACE);
    }

    private Http2FrameReader(int maxBlock, State state) {
        this.maxBlock = maxBlock;
        this.state = state;
    }

    /** One of what a server sends, which begins without the preface and answers streams with odd numbers. */
    public static Http2FrameReader ofServer(int maxBlock) {
        return new Http2FrameReader(maxBlock, State.HEADER);
    }

    /** Octets of the preface that the input begins with; all of it where it has them all, -1 where it begins otherwise. */
    public static int preface(ByteBuf in) {
        int most = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < most; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                return -1;
            }
        }
        return most;
    }

    static void writePreface(ByteBuf out) {
        out.writeBytes(PREFACE);
    }

    /** Whether the input begins with the whole preface, as far as {@link #preface} tells. */
    public static boolean isPreface(int octets) {
        return octets == PREFACE.length;
    }

    /** Why the connection has to end; null while it has not. */
    public @Nullable Http2Error error() {
        return error;
    }

    /** The same for a log. */
    public String detail() {
        return detail;
    }

    /** Whether the first frame, the settings, has come. */
    public boolean begun() {
        return !first;
    }

    /** Whether a header block has begun whose end has not come. */
    public boolean unfinishedBlock() {
        return blockStream != 0;
    }

    /** Memory of a header block under way. */
    public int heldBytes() {
        return blockBytes;
    }

    /** Shows nothing more. */
    public void stop() {
        state = State.STOPPED;
        block = new byte[0];
        blockBytes = 0;
        blockStream = 0;
    }

    /** Shows all that is whole; what is not stays in the input. */
    public void read(ByteBuf in, Events events) {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = switch (state) {
                case PREFACE -> readPreface(in);
                case HEADER -> readHeader(in, events);
                case PAYLOAD -> readPayload(in, events);
                case DATA -> readData(in, events);
                case STOPPED -> {
                    in.skipBytes(in.readableBytes());
                    yield false;
                }
            };
        }
    }

    private boolean fail(Http2Error why, String what) {
        if (error == null) {
            error = why;
            detail = what;
        }
        stop();
        return true;
    }

    private boolean readPreface(ByteBuf in) {
        while (in.isReadable() && prefaceSeen < PREFACE.length) {
            if (in.readByte() != PREFACE[prefaceSeen++]) {
                return fail(Http2Error.PROTOCOL_ERROR, "the connection does not begin with the preface");
            }
        }
        if (prefaceSeen < PREFACE.length) {
            return false;
        }
        state = State.HEADER;
        return true;
    }

    private boolean readHeader(ByteBuf in, Events events) {
        if (in.readableBytes() < HEADER_BYTES) {
            return false;
        }
        left = in.readUnsignedMedium();
        type = in.readUnsignedByte();
        flags = in.readUnsignedByte();
        stream = in.readInt() & 0x7fffffff;
        if (left > MOST_PAYLOAD) {
            return fail(Http2Error.FRAME_SIZE_ERROR, "a frame is larger than allowed");
        }
        if (first && (type != Http2Frame.SETTINGS || (flags & ACK) != 0)) {
            return fail(Http2Error.PROTOCOL_ERROR, "the first frame is not SETTINGS");
        }
        first = false;
        if (blockStream != 0 && (type != Http2Frame.CONTINUATION || stream != blockStream)) {
            return fail(Http2Error.PROTOCOL_ERROR, "a frame comes between the parts of a header block");
        }
        state = State.PAYLOAD;
        return misplaced(events);
    }

    private boolean misplaced(Events events) {
        boolean ofStream = (stream & 1) == 1;
        String wrong = switch (type) {
            case Http2Frame.DATA, Http2Frame.HEADERS, Http2Frame.PRIORITY, Http2Frame.RST_STREAM ->
                ofStream ? null : "a frame is not of a stream that a client may open";
            case Http2Frame.CONTINUATION -> blockStream == 0 ? "CONTINUATION continues nothing" : null;
            case Http2Frame.SETTINGS, Http2Frame.PING, Http2Frame.GOAWAY ->
                stream == 0 ? null : "a frame of the connection is of a stream";
            case Http2Frame.WINDOW_UPDATE -> ofStream || stream == 0 ? null : "nobody opened that stream";
            case Http2Frame.PUSH_PROMISE -> "nobody may push";
            default -> null;
        };
        if (wrong != null) {
            return fail(Http2Error.PROTOCOL_ERROR, wrong);
        }
        String size = wrongSize();
        if (size != null) {
            return fail(Http2Error.FRAME_SIZE_ERROR, size);
        }
        events.onFrame(type);
        return true;
    }

    private @Nullable String wrongSize() {
        boolean good = switch (type) {
            case Http2Frame.PRIORITY -> left == 5;
            case Http2Frame.RST_STREAM, Http2Frame.WINDOW_UPDATE -> left == 4;
            case Http2Frame.PING -> left == 8;
            case Http2Frame.GOAWAY -> left >= 8;
            case Http2Frame.SETTINGS -> (flags & ACK) == 0 ? left % 6 == 0 : left == 0;
            case Http2Frame.DATA -> (flags & PADDED) == 0 || left > 0;
            case Http2Frame.HEADERS -> left >= ((flags & PADDED) == 0 ? 0 : 1) + ((flags & PRIORITY) == 0 ? 0 : 5);
            default -> true;
        };
        return good ? null : "a frame has a size that its type does not have";
    }

    private boolean readPayload(ByteBuf in, Events events) {
        if (type == Http2Frame.DATA) {
            return beginData(in, events);
        }
        if (in.readableBytes() < left) {
            return false;
        }
        int behind = in.readerIndex() + left;
        state = State.HEADER;
        switch (type) {
            case Http2Frame.HEADERS -> headers(in, behind, events);
            case Http2Frame.CONTINUATION -> continuation(in, events);
            case Http2Frame.PRIORITY -> events.onPriority(stream, in.readInt() & 0x7fffffff);
            case Http2Frame.RST_STREAM -> events.onReset(stream, in.readInt());
            case Http2Frame.SETTINGS -> settings(in, behind, events);
            case Http2Frame.PING -> ping(in.readLong(), events);
            case Http2Frame.GOAWAY -> events.onGoAway(in.readInt() & 0x7fffffff);
            case Http2Frame.WINDOW_UPDATE -> events.onWindow(stream, in.readInt() & 0x7fffffff);
            default -> {
                // Of a type that is not known: to be ignored (section 5.5).
            }
        }
        if (state != State.STOPPED) {
            in.readerIndex(behind);
        }
        return true;
    }

    private boolean beginData(ByteBuf in, Events events) {
        int overhead = 0;
        padding = 0;
        if ((flags & PADDED) != 0) {
            if (!in.isReadable()) {
                return false;
            }
            padding = in.readUnsignedByte();
            overhead = padding + 1;
            if (overhead > left) {
                return fail(Http2Error.PROTOCOL_ERROR, "the padding is longer than the frame");
            }
        }
        left -= overhead;
        state = State.DATA;
        shown = events.onData(stream, left, overhead);
        return true;
    }

    private boolean readData(ByteBuf in, Events events) {
        int piece = Math.min(left, in.readableBytes());
        if (piece > 0) {
            left -= piece;
            if (shown) {
                events.onDataPiece(stream, in.readRetainedSlice(piece));
            } else {
                in.skipBytes(piece);
            }
            return true;
        }
        int skipped = Math.min(padding, in.readableBytes());
        in.skipBytes(skipped);
        padding -= skipped;
        if (left > 0 || padding > 0) {
            return false;
        }
        state = State.HEADER;
        if (shown && (flags & END_STREAM) != 0) {
            events.onDataEnd(stream);
        }
        return true;
    }

    private void headers(ByteBuf in, int behind, Events events) {
        int pad = (flags & PADDED) == 0 ? 0 : in.readUnsignedByte();
        blockDependsOn = -1;
        if ((flags & PRIORITY) != 0) {
            blockDependsOn = in.readInt() & 0x7fffffff;
            in.skipBytes(1);
        }
        int bytes = behind - in.readerIndex() - pad;
        if (bytes < 0) {
            fail(Http2Error.PROTOCOL_ERROR, "the padding is longer than the frame");
            return;
        }
        blockStream = stream;
        blockEnds = (flags & END_STREAM) != 0;
        blockBytes = 0;
        blockFrames = 0;
        part(in, bytes, events);
    }

    private void continuation(ByteBuf in, Events events) {
        if (++blockFrames > MOST_CONTINUATIONS) {
            fail(Http2Error.ENHANCE_YOUR_CALM, "a header block comes in too many parts");
            return;
        }
        part(in, left, events);
    }

    private void part(ByteBuf in, int bytes, Events events) {
        if (blockBytes + bytes > maxBlock) {
            fail(Http2Error.ENHANCE_YOUR_CALM, "a header block is too large");
            return;
        }
        if (block.length < blockBytes + bytes) {
            block = Arrays.copyOf(block, Math.max(blockBytes + bytes, 1024));
        }
        in.readBytes(block, blockBytes, bytes);
        blockBytes += bytes;
        if ((flags & END_HEADERS) == 0) {
            return;
        }
        byte[] whole = block;
        int length = blockBytes;
        int of = blockStream;
        blockStream = 0;
        blockBytes = 0;
        if (block.length > MOST_PAYLOAD) {
            block = new byte[0];
        }
        events.onHeaders(of, whole, 0, length, blockEnds, blockDependsOn);
    }

    private void settings(ByteBuf in, int behind, Events events) {
        if ((flags & ACK) != 0) {
            events.onSettingsAck();
            return;
        }
        while (in.readerIndex() < behind && state != State.STOPPED) {
            events.onSetting(in.readUnsignedShort(), in.readUnsignedInt());
        }
        if (state != State.STOPPED) {
            events.onSettings();
        }
    }

    private void ping(long payload, Events events) {
        if ((flags & ACK) == 0) {
            events.onPing(payload);
        } else {
            events.onPingAck(payload);
        }
    }
}
