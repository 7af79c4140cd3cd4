package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits of a body. Pieces are cut out of the buffers that were read and keep all of these, and each is an object: a client that sends
 * an octet a frame would have a hundred times as much kept as is counted. So small ones are put together. Bounded by the stream's
 * window; confined to the connection's event loop.
 */
final class Http2Pieces {

    /** What is larger stays as it is, uncopied: the largest buffer that is read into holds few of them. */
    private static final int SMALL_BYTES = 8 * 1024;

    private static final int FIRST_BYTES = 1024;
    private static final int MOST_TOGETHER = 16 * 1024;

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>();

    /** The last one, where small ones may be put behind what is in it. */
    private @Nullable ByteBuf together;

    private int bytes;

    Http2Pieces(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    int bytes() {
        return bytes;
    }

    /** Takes a piece over. */
    void add(ByteBuf piece) {
        int length = piece.readableBytes();
        bytes += length;
        if (length > SMALL_BYTES) {
            together = null;
            pieces.addLast(piece);
            return;
        }
        try {
            room(length).writeBytes(piece);
        } finally {
            piece.release();
        }
    }

    private ByteBuf room(int length) {
        ByteBuf open = together;
        if (open == null || open.maxWritableBytes() < length) {
            open = allocator.directBuffer(Math.max(length, FIRST_BYTES), MOST_TOGETHER);
            pieces.addLast(open);
            together = open;
        }
        return open;
    }

    /** The first of what waits, which is the caller's; null where nothing does. */
    @SuppressWarnings("ReferenceEquality") // another one is another one, though it has the same octets
    @Nullable ByteBuf poll() {
        ByteBuf first = pieces.pollFirst();
        if (first != null) {
            bytes -= first.readableBytes();
            together = first == together ? null : together;
        }
        return first;
    }
}
