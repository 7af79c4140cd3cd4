package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads request heads, one after the other (RFC 9112 section 3): {@code method SP target SP HTTP/1.x CR LF}, in front of
 * which empty lines are skipped (section 2.2), at most {@value #MOST_EMPTY_LINES}. Fields are shown as they came: whether
 * they fit together is for the caller to say. Confined to the connection's event loop.
 */
public final class RequestReader extends HeadReader {

    private static final int MOST_EMPTY_LINES = 8;

    /** Longest method; that of WebDAV's longest has 17 letters. */
    private static final int MOST_METHOD = 32;

    private static final byte[] VERSION = "HTTP/".getBytes(StandardCharsets.US_ASCII);

    private static final int EMPTY_LF = START + 1;
    private static final int METHOD = START + 2;
    private static final int TARGET = START + 3;
    private static final int VERSION_PART = START + 4;
    private static final int LINE_LF = START + 5;

    private final HeadStorages storages;
    private final int maxTarget;

    private @Nullable WireRequest head;
    private int partStart;
    private int emptyLines;
    private boolean otherVersion;

    /**
     * A reader.
     *
     * @param maxBytes longest head, from the first octet of its first line
     * @param maxTarget longest request target
     * @param maxFields most field lines
     */
    public RequestReader(int maxBytes, int maxTarget, int maxFields, HeadStorages storages) {
        super(maxBytes, maxFields);
        this.maxTarget = maxTarget;
        this.storages = storages;
    }

    /** Whether an octet of a head has come whose end has not; empty lines before it count as well. */
    public boolean begun() {
        return head != null;
    }

    /** Goes on with the head under way, or with a new one; takes no octet behind it. */
    public HeadProgress read(ByteBuf in) {
        WireRequest filled = head;
        if (filled == null) {
            filled = new WireRequest(storages.take());
            head = filled;
            emptyLines = 0;
            otherVersion = false;
            reset(START);
        }
        return take(in, filled.storage());
    }

    /** The head that is whole, or as far as it was understood; it is the caller's, and the next one begins. */
    public WireRequest head() {
        WireRequest read = head;
        if (read == null) {
            throw new IllegalStateException("no head was read");
        }
        head = null;
        return read;
    }

    /** The connection is over: gives back what was read of a head. */
    public void close() {
        WireRequest unfinished = head;
        head = null;
        if (unfinished != null) {
            unfinished.release(storages);
        }
    }

    @Override
    int startLine(HeadStorage s, int in, int end) {
        WireRequest to = head;
        if (to == null) {
            throw new IllegalStateException("no head is being read");
        }
        byte[] bytes = s.bytes;
        int i = at();
        int now = in;
        while (i < end) {
            switch (now) {
                case START -> {
                    if (bytes[i] == Octets.CR) {
                        if (++emptyLines > MOST_EMPTY_LINES) {
                            return fail("There are too many empty lines before the request.");
                        }
                        i++;
                        now = EMPTY_LF;
                    } else {
                        partStart = i;
                        now = METHOD;
                    }
                }
                case EMPTY_LF, LINE_LF -> {
                    if (bytes[i++] != Octets.LF) {
                        return fail("A line of the head does not end in CR LF.");
                    }
                    if (now == LINE_LF) {
                        at(i);
                        return otherVersion ? fail(FaultKind.VERSION_NOT_SUPPORTED) : LINE;
                    }
                    now = START;
                }
                case METHOD -> {
                    while (i < end && Octets.isToken(bytes[i])) {
                        i++;
                    }
                    if (i - partStart > MOST_METHOD) {
                        return fail("The method is too long.");
                    }
                    if (i < end) {
                        if (bytes[i] != Octets.SP || i == partStart) {
                            return fail("The request line is not method, target and version with one space between.");
                        }
                        to.method(bytes, partStart, i++);
                        partStart = i;
                        now = TARGET;
                    }
                }
                case TARGET -> {
                    while (i < end && Octets.isTarget(bytes[i])) {
                        i++;
                    }
                    if (i - partStart > maxTarget) {
                        return fail(FaultKind.URI_TOO_LONG);
                    }
                    if (i < end) {
                        if (bytes[i] != Octets.SP || i == partStart) {
                            return fail("The request target is missing or has a character that does not belong there.");
                        }
                        to.target(partStart, i++);
                        partStart = i;
                        now = VERSION_PART;
                    }
                }
                case VERSION_PART -> {
                    if (!version(to, bytes[i], i - partStart)) {
                        return fail("The version is not written as HTTP/1.1 is.");
                    }
                    if (i++ - partStart == VERSION.length + 3) {
                        now = LINE_LF;
                    }
                }
                default -> throw new IllegalStateException("no such state");
            }
        }
        at(i);
        return now;
    }

    /** Takes the octet at that place of {@code HTTP/d.d CR}; false where another belongs there. */
    private boolean version(WireRequest to, byte octet, int place) {
        if (place < VERSION.length) {
            return octet == VERSION[place];
        }
        switch (place - VERSION.length) {
            case 0 -> otherVersion = octet != '1';
            case 1 -> {
                return octet == '.';
            }
            case 2 -> {
                to.http10(octet == '0');
                otherVersion |= octet != '0' && octet != '1';
            }
            default -> {
                return octet == Octets.CR;
            }
        }
        return Octets.isDigit(octet);
    }
}
