package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Reads response heads, one after the other (RFC 9112 section 4): {@code HTTP/1.x SP 3DIGIT SP [reason] CR LF}. The head is
 * one object that is filled again and again, and lasts until {@link #release}. Confined to the connection's event loop.
 */
public final class ResponseReader extends HeadReader {

    private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

    private static final int REASON = START + 1;
    private static final int LINE_LF = START + 2;

    /** Octets of the status line in front of the reason. */
    private static final int FIXED = VERSION.length + 6;

    private final HeadStorages storages;
    private final WireResponse head = new WireResponse(null);
    private boolean begun;
    private boolean http10;
    private int status;
    private int reasonEnd;

    /**
     * A reader.
     *
     * @param maxBytes longest head
     * @param maxFields most field lines
     */
    public ResponseReader(int maxBytes, int maxFields, HeadStorages storages) {
        super(maxBytes, maxFields);
        this.storages = storages;
    }

    /** Goes on with the head under way, or with a new one; takes no octet behind it. */
    public HeadProgress read(ByteBuf in) {
        if (!begun) {
            begun = true;
            status = 0;
            head.storage(storages.take());
            reset(START);
        }
        return take(in, head.storage());
    }

    /** The head that is whole. */
    public WireResponse head() {
        return head;
    }

    /** Its memory goes back, and the next head begins. */
    public void release() {
        begun = false;
        head.release(storages);
    }

    @Override
    int startLine(HeadStorage s, int in, int end) {
        byte[] bytes = s.bytes;
        int i = at();
        int now = in;
        while (i < end) {
            switch (now) {
                case START -> {
                    if (!fixed(bytes[i], i)) {
                        return fail("the status line is not HTTP/1.x, a space, three digits, a space and a reason");
                    }
                    if (++i == FIXED) {
                        now = REASON;
                    }
                }
                case REASON -> {
                    while (i < end && Octets.isValue(bytes[i])) {
                        i++;
                    }
                    if (i < end) {
                        if (bytes[i] != Octets.CR) {
                            return fail("the reason has a character that does not belong there");
                        }
                        reasonEnd = i++;
                        now = LINE_LF;
                    }
                }
                case LINE_LF -> {
                    if (bytes[i++] != Octets.LF) {
                        return fail("a line of the head does not end in CR LF");
                    }
                    head.begin(status, http10, FIXED, reasonEnd);
                    at(i);
                    return LINE;
                }
                default -> throw new IllegalStateException("no such state");
            }
        }
        at(i);
        return now;
    }

    private boolean fixed(byte octet, int place) {
        if (place < VERSION.length) {
            return octet == VERSION[place];
        }
        switch (place - VERSION.length) {
            case 0 -> {
                http10 = octet == '0';
                return octet == '0' || octet == '1';
            }
            case 2, 3, 4 -> {
                status = 10 * status + octet - '0';
                return Octets.isDigit(octet);
            }
            default -> {
                return octet == Octets.SP;
            }
        }
    }
}
