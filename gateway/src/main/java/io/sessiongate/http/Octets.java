package io.sessiongate.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Classes of octets in the grammar of HTTP/1.1 (RFC 9110 section 5.6.2, RFC 9112). Immutable. */
final class Octets {

    static final byte CR = '\r';
    static final byte LF = '\n';
    static final byte SP = ' ';
    static final byte HTAB = '\t';

    /** {@code tchar}: of a method, a field name, the name of a chunk extension. */
    private static final int TOKEN = 1;

    /** What may stand within a field value: SP, HTAB, VCHAR, obs-text. */
    private static final int VALUE = 2;

    /** What may stand in a request target: VCHAR without {@code #}, which begins a fragment. */
    private static final int TARGET = 4;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** The lowest, and the highest, bit of each octet. */
    private static final long ONES = 0x0101010101010101L;

    private static final long HIGHS = 0x8080808080808080L;

    private static final byte[] CLASSES = new byte[256];

    private static final byte[] HEX = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            boolean visible = c > ' ' && c < 0x7f;
            boolean alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            int classes = alphanumeric || (c < 0x7f && "!#$%&'*+-.^_`|~".indexOf(c) >= 0) ? TOKEN : 0;
            classes |= visible || c == SP || c == HTAB || c >= 0x80 ? VALUE : 0;
            classes |= visible && c != '#' ? TARGET : 0;
            CLASSES[c] = (byte) classes;
            HEX[c] = (byte) (c < 0x7f ? Character.digit(c, 16) : -1);
        }
    }

    private Octets() {}

    static boolean isToken(byte octet) {
        return (CLASSES[octet & 0xff] & TOKEN) != 0;
    }

    static boolean isValue(byte octet) {
        return (CLASSES[octet & 0xff] & VALUE) != 0;
    }

    /**
     * The first place from {@code from} on whose octet may not stand within a field value, or {@code end}. Looks at eight
     * octets at once while none of them is a control character, as values are long and controls rare.
     */
    static int skipValue(byte[] bytes, int from, int end) {
        int at = from;
        while (at <= end - Long.BYTES && !hasControl((long) LONGS.get(bytes, at))) {
            at += Long.BYTES;
        }
        while (at < end) {
            if (!isValue(bytes[at])) {
                return at;
            }
            at++;
        }
        return at;
    }

    /** Whether one of eight octets is below SP, HTAB among them, or DEL. */
    private static boolean hasControl(long octets) {
        long below = (octets - ONES * SP) & ~octets;
        long del = octets ^ (ONES * 0x7f);
        return ((below | ((del - ONES) & ~del)) & HIGHS) != 0;
    }

    static boolean isTarget(byte octet) {
        return (CLASSES[octet & 0xff] & TARGET) != 0;
    }

    static boolean isBlank(byte octet) {
        return octet == SP || octet == HTAB;
    }

    static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hex(byte octet) {
        return HEX[octet & 0xff];
    }

    /** The same without regard to the case of letters, which in ASCII differ by one bit. */
    static boolean sameLetter(int one, int other) {
        if (one == other) {
            return true;
        }
        int lower = one | 0x20;
        return (one ^ other) == 0x20 && lower >= 'a' && lower <= 'z';
    }
}
