package io.sessiongate.http;

import org.jspecify.annotations.Nullable;

/**
 * Takes the fields of a header block over into the memory of a head, laid out as HTTP/1.1 has them, and judges each (RFC
 * 9113 section 8.2): what the grammar of HTTP/1.1 or of HTTP/2 does not allow makes the message malformed, and what is
 * beyond the limits is not kept. Confined to the connection's event loop.
 */
abstract class Http2Fields implements HpackDecoder.Sink {

    /** What a field counts beyond its octets (RFC 9113 section 6.5.2). */
    private static final int OVERHEAD = 32;

    private final int maxBytes;
    private final int maxFields;
    private long bytes;
    private int fields;
    private boolean regular;
    private boolean tooLarge;
    private @Nullable String flaw;

    Http2Fields(int maxBytes, int maxFields) {
        this.maxBytes = maxBytes;
        this.maxFields = maxFields;
    }

    final void begin() {
        bytes = 0;
        fields = 0;
        regular = false;
        tooLarge = false;
        flaw = null;
    }

    /** Whether it is beyond the limits; what is known of it then is no more than its first part. */
    public final boolean tooLarge() {
        return tooLarge;
    }

    /** How much it is, each field with {@value #OVERHEAD} octets beyond its own, all that was not kept included. */
    public final long bytes() {
        return bytes;
    }

    /** Why it is malformed; null where it is not. */
    public final @Nullable String flaw() {
        return flaw;
    }

    final void malformed(String why) {
        if (flaw == null) {
            flaw = why;
        }
    }

    @Override
    public final void field(
            byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
        bytes += (long) nameLength + valueLength + OVERHEAD;
        if (bytes > maxBytes) {
            tooLarge = true;
        }
        if (tooLarge || flaw != null) {
            return;
        }
        if (nameLength > 0 && names[nameStart] == ':') {
            if (regular) {
                malformed("a pseudo-header field stands behind a field");
            } else if (isValue(values, valueStart, valueLength)) {
                pseudo(names, nameStart, nameLength, values, valueStart, valueLength);
            }
            return;
        }
        regular = true;
        if (isName(names, nameStart, nameLength)
                && isValue(values, valueStart, valueLength)
                && isForMany(names, nameStart, nameLength, values, valueStart, valueLength)) {
            keep(names, nameStart, nameLength, values, valueStart, valueLength);
        }
    }

    /** A field whose name begins with a colon; its value has passed. */
    abstract void pseudo(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength);

    /** Any other that has passed. */
    abstract void keep(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength);

    /** Counts one more line; false where there are too many. */
    final boolean counts() {
        tooLarge |= ++fields > maxFields;
        return !tooLarge;
    }

    static void add(
            HeadStorage s,
            byte[] names,
            int nameStart,
            int nameLength,
            byte[] values,
            int valueStart,
            int valueLength) {
        s.ensure(nameLength + FieldLine.SEPARATOR_BYTES + valueLength);
        int start = s.length;
        System.arraycopy(names, nameStart, s.bytes, start, nameLength);
        int nameEnd = start + nameLength;
        s.bytes[nameEnd] = ':';
        s.bytes[nameEnd + 1] = ' ';
        int value = nameEnd + FieldLine.SEPARATOR_BYTES;
        System.arraycopy(values, valueStart, s.bytes, value, valueLength);
        s.length = value + valueLength;
        s.add(FieldKey.of(s.bytes, start, nameEnd), start, nameEnd, value, s.length);
    }

    /** Whether those octets are that text, which is in lower case as names have to be. */
    static boolean is(byte[] octets, int start, int length, String text) {
        if (length != text.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (octets[start + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** RFC 9113 section 8.2.1, and no octet that HTTP/1.1 would not take. */
    private boolean isName(byte[] octets, int start, int length) {
        boolean good = length > 0;
        for (int i = start; good && i < start + length; i++) {
            good = Octets.isToken(octets[i]) && (octets[i] < 'A' || octets[i] > 'Z');
        }
        if (!good) {
            malformed("a field name has a character that does not belong there");
        }
        return good;
    }

    private boolean isValue(byte[] octets, int start, int length) {
        int end = start + length;
        boolean good = Octets.skipValue(octets, start, end) == end
                && (length == 0 || (!Octets.isBlank(octets[start]) && !Octets.isBlank(octets[end - 1])));
        if (!good) {
            malformed("a field value has a character that does not belong there");
        }
        return good;
    }

    /** RFC 9113 section 8.2.2: no field of HTTP/1.1's connection may come. */
    private boolean isForMany(
            byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
        boolean good = switch (nameLength) {
            case 2 -> !is(names, nameStart, nameLength, "te") || is(values, valueStart, valueLength, "trailers");
            case 7 -> !is(names, nameStart, nameLength, "upgrade");
            case 10 ->
                !is(names, nameStart, nameLength, "connection") && !is(names, nameStart, nameLength, "keep-alive");
            case 16 -> !is(names, nameStart, nameLength, "proxy-connection");
            case 17 -> !is(names, nameStart, nameLength, "transfer-encoding");
            default -> true;
        };
        if (!good) {
            malformed("a field is of HTTP/1.1's connection");
        }
        return good;
    }
}
