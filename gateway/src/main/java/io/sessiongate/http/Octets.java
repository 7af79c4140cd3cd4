package io.sessiongate.http;

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
