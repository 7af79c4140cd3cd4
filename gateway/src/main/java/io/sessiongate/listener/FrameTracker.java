package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;

/**
 * Knows where in the frames of a WebSocket (RFC 6455 section 5.2) one direction of a tunnel stands, however its bytes are
 * cut. Reads heads and skips over payloads; judges nothing, for the two ends do that. Bytes that are no frames make it
 * see boundaries where there are none, or none at all. Confined to the connection's event loop.
 */
final class FrameTracker {

    private static final int CLOSE = 8;

    private boolean inHead;
    private boolean lengthSeen;
    private int opcode;
    private int lengthBytes;
    private int maskBytes;
    private long payload;
    private boolean closed;

    /** Whether the last byte seen was the last one of a frame, or none was seen yet. */
    boolean atBoundary() {
        return !inHead && payload == 0;
    }

    /** Whether a close frame was seen to its end, behind which no frame may follow (RFC 6455 section 5.5.1). */
    boolean closed() {
        return closed;
    }

    /** Goes over all of the buffer's bytes. */
    void pass(ByteBuf buffer) {
        int at = buffer.readerIndex();
        while (at < buffer.writerIndex()) {
            at = frame(buffer, at);
        }
    }

    /** Goes over the buffer's bytes up to the end of the frame that is under way; returns how many these are. */
    int passFrame(ByteBuf buffer) {
        return frame(buffer, buffer.readerIndex()) - buffer.readerIndex();
    }

    /** Goes on from a byte to the end of its frame or of the buffer; returns the index of the byte behind it. */
    private int frame(ByteBuf buffer, int from) {
        int at = from;
        while (at < buffer.writerIndex()) {
            if (inHead || payload == 0) {
                head(buffer.getByte(at++));
            } else {
                // A length with its highest bit set is forbidden: it has no end here.
                int skipped = (int) Math.min(payload < 0 ? Long.MAX_VALUE : payload, buffer.writerIndex() - at);
                payload -= skipped;
                at += skipped;
            }
            if (atBoundary()) {
                closed |= opcode == CLOSE;
                break;
            }
        }
        return at;
    }

    private void head(int octet) {
        if (!inHead) {
            inHead = true;
            lengthSeen = false;
            opcode = octet & 0x0f;
            return;
        }
        if (!lengthSeen) {
            lengthSeen = true;
            int length = octet & 0x7f;
            maskBytes = (octet & 0x80) == 0 ? 0 : 4;
            lengthBytes = length == 127 ? 8 : length == 126 ? 2 : 0;
            payload = lengthBytes == 0 ? length : 0;
        } else if (lengthBytes > 0) {
            lengthBytes--;
            payload = payload << 8 | (octet & 0xff);
        } else {
            maskBytes--;
        }
        inHead = lengthBytes > 0 || maskBytes > 0;
    }
}
