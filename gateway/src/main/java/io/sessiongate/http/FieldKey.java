package io.sessiongate.http;

/** What a head's index goes by in place of names. Stateless. */
final class FieldKey {

    private FieldKey() {}

    /**
     * Tells most names apart: length, first, middle and last octet, without regard to letter case. Never 0.
     */
    static int of(int length, int first, int middle, int last) {
        return ((length & 0xff) << 24) | ((first | 0x20) << 16) | ((middle | 0x20) << 8) | (last | 0x20);
    }

    static int of(CharSequence name) {
        if (name instanceof FieldName known) {
            return known.key();
        }
        int length = name.length();
        return length == 0
                ? 0
                : of(length, name.charAt(0) & 0x7f, name.charAt(length >> 1) & 0x7f, name.charAt(length - 1) & 0x7f);
    }

    static int of(byte[] bytes, int start, int end) {
        int length = end - start;
        return of(length, bytes[start], bytes[start + (length >> 1)], bytes[end - 1]);
    }

    static long bit(int key) {
        return 1L << ((key * 0x9e3779b1) >>> 26);
    }
}
