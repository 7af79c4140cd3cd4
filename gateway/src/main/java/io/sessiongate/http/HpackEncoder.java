package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * Lays fields out as a header block that needs no memory on either side: names by number where the static table has them,
 * values as they are (RFC 7541 section 6.2.2). What a table of our own and the Huffman code would save are some tens of
 * octets an answer, for which every answer would have to be searched and coded; and with no table nothing of one answer
 * can show in the size of another. Stateless.
 */
final class HpackEncoder {

    private static final int AUTHORITY = 1;
    private static final int METHOD = 2;
    private static final int PATH = 4;
    private static final int HTTP = 6;
    private static final int HTTPS = 7;
    private static final int STATUS = 8;
    private static final int AUTHORIZATION = 23;
    private static final int COOKIE = 32;
    private static final int SET_COOKIE = 55;

    /**
     * Nothing of a table is used, whatever the other end allows. Who has allowed less than at first has to be told so (RFC 9113
     * section 4.3.1).
     */
    private static final int NO_TABLE = 0x20;

    /** The first name of the static table that an answer can have as a field: those before are of requests. */
    private static final int FIRST = 15;

    private static final int SLOTS = 256;
    private static final int NEVER_INDEXED = 0x10;

    /** Most octets that the number of a name, or a length, takes. */
    private static final int MOST_NUMBER = 6;

    /** Numbers of names, by {@link #slot}; open addressing. */
    private static final byte[] NUMBERS = new byte[SLOTS];

    static {
        for (int number = FIRST; number <= HpackTable.STATIC_COUNT; number++) {
            byte[] name = HpackTable.staticNameOctets(number);
            int slot = slot(FieldKey.of(name, 0, name.length));
            while (NUMBERS[slot] != 0) {
                slot = (slot + 1) % SLOTS;
            }
            NUMBERS[slot] = (byte) number;
        }
    }

    private HpackEncoder() {}

    private static int slot(int key) {
        return (key * 0x9e3779b1) >>> 24;
    }

    /** Octets that {@link #encode} writes at most, with {@link #giveUpTable}. */
    static int mostBytes(HeadStorage s) {
        return 6 + s.length + s.count * 2 * MOST_NUMBER;
    }

    /**
     * What the first block of a connection begins with: a client that allows a smaller table than the usual one waits for a word about
     * it, and would take no block without (RFC 7541 section 4.2). With none at all there is nothing more to be said.
     */
    static void giveUpTable(ByteBuf out) {
        out.writeByte(NO_TABLE);
    }

    /** The block of an answer, or, with a status of 0, of the fields behind a body. */
    static void encode(int status, HeadStorage s, ByteBuf out) {
        if (status > 0) {
            status(status, out);
        }
        for (int i = 0; i < s.count; i++) {
            if (s.keys[i] != 0) {
                field(s, i, out);
            }
        }
    }

    private static void field(HeadStorage s, int i, ByteBuf out) {
        byte[] bytes = s.bytes;
        int nameStart = s.at(i, HeadStorage.NAME_START);
        int nameEnd = s.at(i, HeadStorage.NAME_END);
        int number = number(s.keys[i], bytes, nameStart, nameEnd - nameStart);
        int form = number == SET_COOKIE || number == COOKIE || number == AUTHORIZATION ? NEVER_INDEXED : 0;
        if (number > 0) {
            integer(form, 15, number, out);
        } else {
            out.writeByte(form);
            integer(0, 127, nameEnd - nameStart, out);
            for (int at = nameStart; at < nameEnd; at++) {
                out.writeByte(bytes[at] >= 'A' && bytes[at] <= 'Z' ? bytes[at] | 0x20 : bytes[at]);
            }
        }
        int valueStart = s.at(i, HeadStorage.VALUE_START);
        int length = s.at(i, HeadStorage.VALUE_END) - valueStart;
        integer(0, 127, length, out);
        out.writeBytes(bytes, valueStart, length);
    }

    /** Octets that the block of that request takes at most. */
    static int mostBytes(WireRequest head) {
        return 1
                + mostBytes(head.storage())
                + 4 * 2 * MOST_NUMBER
                + head.method().length()
                + head.target().length();
    }

    /** The block of a request; what is of HTTP/1.1's connection is left out (RFC 9113 section 8.2.2). */
    static void encode(WireRequest head, boolean secure, ByteBuf out) {
        giveUpTable(out);
        text(METHOD, head.method(), out);
        out.writeByte(0x80 | (secure ? HTTPS : HTTP));
        String host = head.first(FieldName.HOST);
        if (host != null) {
            text(AUTHORITY, host, out);
        }
        text(PATH, head.target(), out);
        HeadStorage s = head.storage();
        for (int i = 0; i < s.count; i++) {
            if (s.keys[i] != 0 && !isOfConnection(s, i)) {
                field(s, i, out);
            }
        }
    }

    private static void text(int number, String text, ByteBuf out) {
        out.writeByte(number);
        integer(0, 127, text.length(), out);
        ByteBufUtil.writeAscii(out, text);
    }

    private static boolean isOfConnection(HeadStorage s, int field) {
        return is(s, field, "te")
                ? !Http2Fields.is(
                        s.bytes,
                        s.at(field, HeadStorage.VALUE_START),
                        s.at(field, HeadStorage.VALUE_END) - s.at(field, HeadStorage.VALUE_START),
                        "trailers")
                : is(s, field, "host")
                        || is(s, field, "upgrade")
                        || is(s, field, "connection")
                        || is(s, field, "keep-alive")
                        || is(s, field, "http2-settings")
                        || is(s, field, "proxy-connection")
                        || is(s, field, "transfer-encoding");
    }

    private static boolean is(HeadStorage s, int field, String name) {
        int start = s.at(field, HeadStorage.NAME_START);
        boolean same = s.at(field, HeadStorage.NAME_END) - start == name.length();
        for (int i = 0; same && i < name.length(); i++) {
            same = Octets.sameLetter(s.bytes[start + i], name.charAt(i));
        }
        return same;
    }

    private static void status(int status, ByteBuf out) {
        int number = switch (status) {
            case 200 -> 8;
            case 204 -> 9;
            case 206 -> 10;
            case 304 -> 11;
            case 400 -> 12;
            case 404 -> 13;
            case 500 -> 14;
            default -> 0;
        };
        if (number > 0) {
            out.writeByte(0x80 | number);
            return;
        }
        out.writeByte(STATUS);
        out.writeByte(3);
        out.writeByte('0' + status / 100);
        out.writeByte('0' + status / 10 % 10);
        out.writeByte('0' + status % 10);
    }

    /** The number of a name in the static table, or 0. */
    private static int number(int key, byte[] bytes, int start, int length) {
        for (int slot = slot(key); NUMBERS[slot] != 0; slot = (slot + 1) % SLOTS) {
            byte[] name = HpackTable.staticNameOctets(NUMBERS[slot]);
            if (name.length == length && same(name, bytes, start)) {
                return NUMBERS[slot];
            }
        }
        return 0;
    }

    private static boolean same(byte[] name, byte[] bytes, int start) {
        for (int i = 0; i < name.length; i++) {
            if (!Octets.sameLetter(name[i], bytes[start + i])) {
                return false;
            }
        }
        return true;
    }

    private static void integer(int form, int most, int number, ByteBuf out) {
        if (number < most) {
            out.writeByte(form | number);
            return;
        }
        out.writeByte(form | most);
        int rest = number - most;
        while (rest >= 128) {
            out.writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }
}
