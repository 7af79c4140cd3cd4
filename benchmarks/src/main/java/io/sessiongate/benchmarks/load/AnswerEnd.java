package io.sessiongate.benchmarks.load;

import io.netty.buffer.ByteBuf;

/**
 * Finds the end of answers that have a {@code Content-Length}, and their status, without making an object: a generator that
 * collects garbage measures its own pauses. Confined to the event loop of its connection.
 */
final class AnswerEnd {

    private static final byte[] LENGTH = {'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':'};

    /** Offset of the status in {@code HTTP/1.1 200 OK}. */
    private static final int STATUS_AT = 9;

    private static final int STATUS_DIGITS = 3;

    private int status;
    private long length = -1;
    private long body;
    private boolean inBody;

    /** Position within the line being read; the line's end does not count. */
    private int column;

    private boolean statusLine = true;

    /** How much of {@link #LENGTH} the line begins with; -1 where it begins otherwise. */
    private int matched;

    int status() {
        return status;
    }

    /**
     * Takes all bytes of {@code bytes}; true once the answer is complete.
     *
     * @throws IllegalStateException on an answer without a length, or on bytes behind its end: nothing else was asked for
     */
    boolean read(ByteBuf bytes) {
        while (bytes.isReadable()) {
            if (inBody) {
                int taken = (int) Math.min(body, bytes.readableBytes());
                bytes.skipBytes(taken);
                body -= taken;
            } else {
                head(bytes.readByte());
            }
            if (inBody && body == 0) {
                if (bytes.isReadable()) {
                    throw new IllegalStateException("bytes behind the end of an answer");
                }
                return true;
            }
        }
        return false;
    }

    private void head(byte b) {
        if (b == '\n') {
            endOfLine();
        } else if (b != '\r') {
            if (statusLine) {
                if (column >= STATUS_AT && column < STATUS_AT + STATUS_DIGITS) {
                    status = status * 10 + (b - '0');
                }
            } else if (matched == LENGTH.length) {
                digit(b);
            } else if (matched >= 0) {
                matched = (b | 0x20) == (LENGTH[matched] | 0x20) ? matched + 1 : -1;
            }
            column++;
        }
    }

    private void digit(byte b) {
        if (b >= '0' && b <= '9') {
            length = Math.max(length, 0) * 10 + (b - '0');
        } else if (b != ' ') {
            throw new IllegalStateException("a Content-Length that is no number");
        }
    }

    private void endOfLine() {
        if (column == 0) {
            if (length < 0) {
                throw new IllegalStateException("an answer without Content-Length, status " + status);
            }
            inBody = true;
            body = length;
        }
        statusLine = false;
        column = 0;
        matched = 0;
    }

    /** Makes ready for the next answer. */
    void reset() {
        status = 0;
        length = -1;
        body = 0;
        inBody = false;
        column = 0;
        statusLine = true;
        matched = 0;
    }
}
