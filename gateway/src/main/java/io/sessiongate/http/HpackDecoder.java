package io.sessiongate.http;

/**
 * Decodes the header blocks of one connection (RFC 7541), each whole, in the order in which they came: a block that is not
 * decoded would leave the table behind. Fields are shown one by one and not kept, so that whoever looks bounds what they
 * take; a block costs no more time than its own octets, what is taken of it, and what it adds to the table, which is bounded by the table's
 * size for each two octets. Confined to the connection's event loop.
 */
final class HpackDecoder {

    /** Is shown the fields of a block. */
    interface Sink {

        /** A field; the octets are only valid during the call. */
        void field(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength);
    }

    /** What is longer is not worth being kept for the next string. */
    private static final int KEPT_BYTES = 16 * 1024;

    private final HpackTable table;
    private byte[] text = new byte[0];

    private byte[] block = text;
    private int at;
    private int end;

    // The string read last.
    private byte[] array = text;
    private int start;
    private int length;

    HpackDecoder(int tableBytes) {
        this.table = new HpackTable(tableBytes);
    }

    /** Goes over a block; false where it is none, which ends the connection (section 3.2 and RFC 9113 section 4.3). */
    boolean decode(byte[] octets, int from, int to, Sink sink) {
        block = octets;
        at = from;
        end = to;
        boolean begun = false;
        boolean good = true;
        while (good && at < end) {
            int octet = block[at];
            if (octet < 0) {
                good = indexed(sink);
            } else if ((octet & 0x40) != 0) {
                good = literal(6, true, sink);
            } else if ((octet & 0x20) != 0) {
                good = !begun && table.resize(number(5));
                continue;
            } else {
                good = literal(4, false, sink);
            }
            begun = true;
        }
        array = text;
        block = text;
        if (text.length > KEPT_BYTES) {
            text = new byte[0];
        }
        return good;
    }

    private boolean indexed(Sink sink) {
        long number = number(7);
        if (number < 0 || number > Integer.MAX_VALUE || !table.has((int) number)) {
            return false;
        }
        int n = (int) number;
        sink.field(
                table.nameArray(n),
                table.nameStart(n),
                table.nameLength(n),
                table.valueArray(n),
                table.valueStart(n),
                table.valueLength(n));
        return true;
    }

    private boolean literal(int bits, boolean add, Sink sink) {
        long number = number(bits);
        if (number < 0 || number > Integer.MAX_VALUE) {
            return false;
        }
        byte[] names;
        int nameStart;
        int nameLength;
        int free = 0;
        if (number > 0) {
            int n = (int) number;
            if (!table.has(n)) {
                return false;
            }
            names = table.nameArray(n);
            nameStart = table.nameStart(n);
            nameLength = table.nameLength(n);
        } else {
            int room = string(0);
            if (room < 0) {
                return false;
            }
            names = array;
            nameStart = start;
            nameLength = length;
            free = room;
        }
        byte[] before = text;
        if (string(free) < 0) {
            return false;
        }
        if (names == before) {
            names = text; // it has grown, and its octets with it
        }
        sink.field(names, nameStart, nameLength, array, start, length);
        if (add) {
            table.add(names, nameStart, nameLength, array, start, length);
        }
        return true;
    }

    /**
     * Reads a string (section 5.2): one that is not coded stays where it is.
     *
     * @param free where the text that is free begins
     * @return where it begins behind this string, or -1 where there is no whole string
     */
    private int string(int free) {
        if (at >= end) {
            return -1;
        }
        boolean coded = block[at] < 0;
        long octets = number(7);
        if (octets < 0 || octets > end - at) {
            return -1;
        }
        int from = at;
        at += (int) octets;
        if (!coded) {
            array = block;
            start = from;
            length = (int) octets;
            return free;
        }
        int room = free + Huffman.mostBytes((int) octets);
        if (text.length < room) {
            byte[] larger = new byte[Math.max(room, 1024)];
            System.arraycopy(text, 0, larger, 0, free);
            text = larger;
        }
        int behind = Huffman.decode(block, from, at, text, free);
        array = text;
        start = free;
        length = behind - free;
        return behind;
    }

    /** Reads a number whose first octet has so many bits of it (section 5.1); -1 where it ends too soon or is too large. */
    private long number(int bits) {
        int most = (1 << bits) - 1;
        long number = block[at++] & most;
        if (number < most) {
            return number;
        }
        for (int shift = 0; shift < 35; shift += 7) {
            if (at >= end) {
                return -1;
            }
            int octet = block[at++];
            number += (long) (octet & 0x7f) << shift;
            if (octet >= 0) {
                return number;
            }
        }
        return -1;
    }
}
