package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads a head octet by octet, once, however the input is cut: the octets are taken over into the head's memory, judged by
 * the grammar of RFC 9112 as they come, and the places of names and values noted. Nothing is repaired: no line end but CR
 * LF, no folded line, no blank before a colon, no octet outside its class. Octets behind the head stay in the input.
 * Confined to the connection's event loop.
 *
 * <pre>
 *   start line (subclass) ──► NAME ──':'──► BEFORE_VALUE ──► VALUE ──CR──► VALUE_LF ──┐
 *                              ▲ ▲                                                    │
 *                              │ └──────────────────────── next line ◄────────────────┘
 *                              └─ LINE ──CR──► END_LF ──► done
 * </pre>
 */
abstract class HeadReader {

    static final int LINE = 0;
    private static final int NAME = 1;
    private static final int BEFORE_VALUE = 2;
    private static final int VALUE = 3;
    private static final int VALUE_LF = 4;
    private static final int END_LF = 5;
    private static final int DONE = 6;

    /** First state of the start line; the numbers from here on are the subclass's. */
    static final int START = 8;

    /** Taken over at once, so that of a body that came along little is copied in vain. */
    private static final int PIECE_BYTES = 2048;

    private final int maxBytes;
    private final int maxFields;

    private int state;

    /** The next octet to be looked at. */
    private int at;

    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private @Nullable Fault fault;

    HeadReader(int maxBytes, int maxFields) {
        this.maxBytes = maxBytes;
        this.maxFields = maxFields;
    }

    final void reset(int first) {
        state = first;
        at = 0;
        fault = null;
    }

    /** Why it was refused. */
    public final Fault fault() {
        Fault known = fault;
        return known == null ? Fault.of(FaultKind.MALFORMED_REQUEST) : known;
    }

    final HeadProgress take(ByteBuf in, HeadStorage s) {
        while (in.isReadable()) {
            int piece = Math.min(Math.min(in.readableBytes(), PIECE_BYTES), maxBytes + 1 - s.length);
            if (piece <= 0) {
                return refuse(FaultKind.HEAD_TOO_LARGE);
            }
            s.ensure(piece);
            in.readBytes(s.bytes, s.length, piece);
            s.length += piece;
            HeadProgress progress = scan(s);
            if (progress == HeadProgress.DONE) {
                in.readerIndex(in.readerIndex() - (s.length - at));
                s.length = at;
                return at > maxBytes ? refuse(FaultKind.HEAD_TOO_LARGE) : progress;
            }
            if (progress == HeadProgress.REFUSED) {
                return progress;
            }
        }
        return s.length > maxBytes ? refuse(FaultKind.HEAD_TOO_LARGE) : HeadProgress.MORE;
    }

    private HeadProgress scan(HeadStorage s) {
        int end = s.length;
        while (at < end) {
            state = state >= START ? startLine(s, state, end) : fields(s, end);
            if (fault != null) {
                return HeadProgress.REFUSED;
            }
            if (state == DONE) {
                return HeadProgress.DONE;
            }
        }
        return HeadProgress.MORE;
    }

    /** Goes on in the start line from {@link #at} as far as it can; returns the state, {@link #LINE} behind its end. */
    abstract int startLine(HeadStorage s, int in, int end);

    final int at() {
        return at;
    }

    final void at(int next) {
        at = next;
    }

    private int fields(HeadStorage s, int end) {
        byte[] bytes = s.bytes;
        int i = at;
        int now = state;
        while (i < end) {
            byte octet = bytes[i];
            switch (now) {
                case LINE -> {
                    if (octet == Octets.CR) {
                        now = END_LF;
                        i++;
                    } else {
                        if (s.count >= maxFields) {
                            return fail(FaultKind.HEAD_TOO_LARGE);
                        }
                        nameStart = i;
                        now = NAME;
                    }
                }
                case NAME -> {
                    while (i < end && Octets.isToken(bytes[i])) {
                        i++;
                    }
                    if (i < end) {
                        if (bytes[i] != ':' || i == nameStart) {
                            return fail("A header field line is not a name, a colon and a value.");
                        }
                        nameEnd = i++;
                        now = BEFORE_VALUE;
                    }
                }
                case BEFORE_VALUE -> {
                    while (i < end && Octets.isBlank(bytes[i])) {
                        i++;
                    }
                    if (i < end) {
                        valueStart = i;
                        now = VALUE;
                    }
                }
                case VALUE -> {
                    i = Octets.skipValue(bytes, i, end);
                    if (i < end) {
                        if (bytes[i] != Octets.CR) {
                            return fail("A header field has a character that does not belong there.");
                        }
                        addField(s, i++);
                        now = VALUE_LF;
                    }
                }
                case VALUE_LF, END_LF -> {
                    if (octet != Octets.LF) {
                        return fail("A line of the head does not end in CR LF.");
                    }
                    i++;
                    if (now == END_LF) {
                        at = i;
                        return DONE;
                    }
                    now = LINE;
                }
                default -> throw new IllegalStateException("no such state");
            }
        }
        at = i;
        return now;
    }

    private void addField(HeadStorage s, int behind) {
        int valueEnd = behind;
        while (valueEnd > valueStart && Octets.isBlank(s.bytes[valueEnd - 1])) {
            valueEnd--;
        }
        s.add(FieldKey.of(s.bytes, nameStart, nameEnd), nameStart, nameEnd, valueStart, valueEnd);
    }

    final int fail(String detail) {
        fault = new Fault(FaultKind.MALFORMED_REQUEST, detail);
        return DONE;
    }

    final int fail(FaultKind kind) {
        fault = Fault.of(kind);
        return DONE;
    }

    private HeadProgress refuse(FaultKind kind) {
        fault = Fault.of(kind);
        return HeadProgress.REFUSED;
    }
}
