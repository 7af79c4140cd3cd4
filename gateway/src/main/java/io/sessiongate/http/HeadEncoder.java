package io.sessiongate.http;

import io.netty.buffer.ByteBuf;

/** Lays the fields of a head out as they go over the wire, field by field from the index. Stateless. */
final class HeadEncoder {

    private HeadEncoder() {}

    /**
     * Writes a start line and the fields, and the empty line behind them, as one piece. The line is put together in the
     * storage's own free room, so that the buffer is written to once.
     */
    static int fields(HeadStorage s, int from) {
        byte[] to = s.bytes;
        int at = from;
        for (int i = 0; i < s.count; i++) {
            if (s.keys[i] == 0) {
                continue;
            }
            int nameStart = s.at(i, HeadStorage.NAME_START);
            int nameEnd = s.at(i, HeadStorage.NAME_END);
            int valueStart = s.at(i, HeadStorage.VALUE_START);
            int valueEnd = s.at(i, HeadStorage.VALUE_END);
            if (valueStart == nameEnd + 2 && to[nameEnd + 1] == ' ') {
                // The separator between the two was checked to be a colon when it was read.
                System.arraycopy(to, nameStart, to, at, valueEnd - nameStart);
                at += valueEnd - nameStart;
            } else {
                System.arraycopy(to, nameStart, to, at, nameEnd - nameStart);
                at += nameEnd - nameStart;
                to[at++] = ':';
                to[at++] = ' ';
                System.arraycopy(to, valueStart, to, at, valueEnd - valueStart);
                at += valueEnd - valueStart;
            }
            to[at++] = '\r';
            to[at++] = '\n';
        }
        to[at++] = '\r';
        to[at++] = '\n';
        return at;
    }

    /** No less than the fields take on the wire, with the empty line. */
    static int mostBytes(HeadStorage s) {
        // Each has at most two octets more than in the index (a space behind the colon), and a line end.
        return s.length + 4 * s.count + 2;
    }

    /** Writes what stands behind the octets in use up to {@code end}. */
    static void flush(ByteBuf out, HeadStorage s, int end) {
        out.writeBytes(s.bytes, s.length, end - s.length);
    }

    static int put(byte[] to, int at, byte[] what) {
        System.arraycopy(what, 0, to, at, what.length);
        return at + what.length;
    }
}
