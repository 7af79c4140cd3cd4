package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the raw bytes of a request's head for what Netty's decoder forgives and we do not (RFC 9112 sections 2.2, 3,
 * 5.2 and 6.3): white space other than one space in the request line, folded or indented field lines, a second
 * {@code Content-Length} where Netty would quietly take the first (HTTP/1.0). Confined to one decoder.
 */
final class HeadScan {

    private static final byte[] CONTENT_LENGTH = {'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h'};

    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/'};

    private boolean lineSeen;
    private int lengths;
    private @Nullable String flaw;

    /** A new head begins. */
    void reset() {
        lineSeen = false;
        lengths = 0;
        flaw = null;
    }

    /** What was wrong with the head, in words of ours, or null. */
    @Nullable String flaw() {
        return flaw;
    }

    /** Looks at whole lines, in the order in which the decoder takes them. */
    void lines(ByteBuf buffer, int from, int to) {
        int start = from;
        while (start < to && flaw == null) {
            int lf = buffer.indexOf(start, to, (byte) '\n');
            int end = lf < 0 ? to : lf;
            if (lf > start && buffer.getByte(lf - 1) == '\r') {
                end--;
            }
            if (end > start) {
                if (lineSeen) {
                    fieldLine(buffer, start, end);
                } else {
                    lineSeen = true;
                    requestLine(buffer, start, end);
                }
            }
            start = lf < 0 ? to : lf + 1;
        }
    }

    private void requestLine(ByteBuf buffer, int start, int end) {
        int spaces = 0;
        int version = start;
        for (int i = start; i < end; i++) {
            byte b = buffer.getByte(i);
            if (b == ' ') {
                spaces++;
                version = i + 1;
            } else if (b < '!' || b == 0x7f) {
                flaw = "The request line has a control or non-ASCII character.";
                return;
            }
        }
        if (spaces != 2 || buffer.getByte(start) == ' ' || buffer.getByte(end - 1) == ' ') {
            flaw = "The request line is not method, target and version with one space between.";
        } else if (!matches(buffer, version, end, VERSION)) {
            flaw = "The version is not written as HTTP/1.1 is."; // which is case-sensitive; Netty would not mind
        }
    }

    private void fieldLine(ByteBuf buffer, int start, int end) {
        byte first = buffer.getByte(start);
        if (first == ' ' || first == '\t') {
            flaw = "A header field line is folded or indented.";
        } else if ((first | 0x20) == 'c' && isContentLength(buffer, start, end) && ++lengths > 1) {
            flaw = "There is more than one Content-Length.";
        }
    }

    private static boolean isContentLength(ByteBuf buffer, int start, int end) {
        if (end - start <= CONTENT_LENGTH.length) {
            return false;
        }
        for (int i = 0; i < CONTENT_LENGTH.length; i++) {
            byte expected = CONTENT_LENGTH[i];
            byte b = buffer.getByte(start + i);
            if (b != expected && (expected == '-' || (b | 0x20) != expected)) {
                return false;
            }
        }
        return buffer.getByte(start + CONTENT_LENGTH.length) == ':';
    }

    private static boolean matches(ByteBuf buffer, int start, int end, byte[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (start + i >= end || buffer.getByte(start + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
