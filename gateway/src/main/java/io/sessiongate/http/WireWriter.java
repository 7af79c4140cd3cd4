package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages to a channel so that what is flushed together goes out in as few pieces as possible: heads, chunk lines
 * and small pieces of bodies are gathered in one buffer, large pieces go behind it as they are, uncopied. One message after
 * the other; confined to the channel's event loop. Holds back at most one buffer until {@link #flush}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a write is told by events or the listener
public final class WireWriter {

    /** What is at most so long is copied behind what is gathered: cheaper than a further piece for the system call. */
    private static final int COPIED_BYTES = 4096;

    private static final int FIRST_BYTES = 1024;

    private static final FastThreadLocal<byte[]> BETWEEN = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[COPIED_BYTES];
        }
    };

    /** Size line and line ends of a chunk. */
    private static final int CHUNK_BYTES = 20;

    private static final int NO_MARK = -1;

    private static final byte[] LAST_CHUNK = {'0', '\r', '\n'};
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final Channel channel;
    private final @Nullable ChannelFutureListener onWritten;
    private @Nullable ByteBuf gathered;
    private boolean chunked;

    /** Octets gathered before the message that can still be taken back; negative where there is none. */
    private int mark = NO_MARK;

    /**
     * A writer.
     *
     * @param onWritten is told of every write; where it is null, failures come as exceptions through the pipeline
     */
    public WireWriter(Channel channel, @Nullable ChannelFutureListener onWritten) {
        this.channel = channel;
        this.onWritten = onWritten;
    }

    /** A message begins, which {@link #takeBack} can undo until something is handed to the channel. */
    public void mark() {
        mark = gathered();
    }

    /**
     * Drops what was written since {@link #mark}, and nothing in front of it.
     *
     * @return false where an octet of it may have been handed to the channel; then nothing is dropped
     */
    public boolean takeBack() {
        if (mark == NO_MARK) {
            return false;
        }
        ByteBuf open = gathered;
        if (open != null) {
            open.writerIndex(open.readerIndex() + mark);
        }
        mark = NO_MARK;
        chunked = false;
        return true;
    }

    /** The head of a request, and whether its body goes in chunks. */
    public void head(WireRequest head, boolean inChunks) {
        head.writeTo(room(head.encodedBytes()));
        chunked = inChunks;
    }

    /** The head of a response, and whether its body goes in chunks. */
    public void head(WireResponse head, boolean inChunks) {
        head.writeTo(room(head.encodedBytes()));
        chunked = inChunks;
    }

    /** A piece of the body, which is taken over. */
    public void body(ByteBuf piece) {
        int length = piece.readableBytes();
        if (length == 0) {
            piece.release();
            return;
        }
        ByteBuf open = gathered;
        boolean copied = length <= COPIED_BYTES && (chunked || open != null);
        if (!chunked && !copied) {
            push();
            write(piece);
            return;
        }
        ByteBuf out = room(copied ? length + CHUNK_BYTES : CHUNK_BYTES);
        if (chunked) {
            size(out, length);
        }
        if (copied) {
            // By way of an array: from one direct buffer to another Netty would make two views of them.
            byte[] between = BETWEEN.get();
            piece.readBytes(between, 0, length);
            out.writeBytes(between, 0, length);
            piece.release();
        } else {
            push();
            write(piece);
            out = room(CHUNK_BYTES);
        }
        if (chunked) {
            out.writeBytes(LINE_END);
        }
    }

    /** The end of the body, with the fields behind it, if there are any and it goes in chunks. */
    public void end(@Nullable WireTrailers trailers) {
        if (!chunked) {
            return;
        }
        chunked = false;
        ByteBuf out = room(LAST_CHUNK.length + (trailers == null ? LINE_END.length : trailers.encodedBytes()));
        out.writeBytes(LAST_CHUNK);
        if (trailers == null) {
            out.writeBytes(LINE_END);
        } else {
            trailers.writeTo(out);
        }
    }

    /** Text that is ASCII. */
    public void ascii(CharSequence text) {
        ByteBufUtil.writeAscii(room(text.length()), text);
    }

    /** Hands what was gathered to the channel and flushes it. */
    public void flush() {
        push();
        channel.flush();
    }

    /** The same, and tells when all that was written so far has left, or never will. */
    public void flush(ChannelFutureListener whenOut) {
        ByteBuf out = gathered;
        gathered = null;
        mark = NO_MARK;
        channel.writeAndFlush(out == null ? Unpooled.EMPTY_BUFFER : out).addListener(whenOut);
    }

    /** Octets held back. */
    public int gathered() {
        return gathered == null ? 0 : gathered.readableBytes();
    }

    /** The channel is closed: what was gathered goes nowhere. */
    public void close() {
        ByteBuf lost = gathered;
        gathered = null;
        mark = NO_MARK;
        if (lost != null) {
            lost.release();
        }
    }

    private ByteBuf room(int bytes) {
        ByteBuf open = gathered;
        if (open == null) {
            open = channel.alloc().directBuffer(Math.max(bytes + COPIED_BYTES, FIRST_BYTES));
            gathered = open;
        }
        return open;
    }

    private void push() {
        ByteBuf out = gathered;
        gathered = null;
        if (out != null) {
            write(out);
        }
    }

    private void write(ByteBuf buffer) {
        mark = NO_MARK;
        if (onWritten == null) {
            channel.write(buffer, channel.voidPromise());
        } else {
            channel.write(buffer).addListener(onWritten);
        }
    }

    /** RFC 9112 section 7.1. */
    private static void size(ByteBuf out, int length) {
        for (int shift = 28 - Integer.numberOfLeadingZeros(length) / 4 * 4; shift >= 0; shift -= 4) {
            out.writeByte(HEX[length >>> shift & 15]);
        }
        out.writeBytes(LINE_END);
    }
}
