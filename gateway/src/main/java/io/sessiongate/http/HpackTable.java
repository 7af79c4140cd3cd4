package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields that a connection's header blocks may refer to by number (RFC 7541 section 2.3): the 61 of the static table,
 * and behind them those that were added, the last one first. Their octets lie in one array, of twice the table's size at
 * most. Confined to the connection's event loop.
 */
final class HpackTable {

    /** What an entry counts beyond its octets (section 4.1). */
    private static final int OVERHEAD = 32;

    private static final String[] STATIC = {
        ":authority", "",
        ":method", "GET",
        ":method", "POST",
        ":path", "/",
        ":path", "/index.html",
        ":scheme", "http",
        ":scheme", "https",
        ":status", "200",
        ":status", "204",
        ":status", "206",
        ":status", "304",
        ":status", "400",
        ":status", "404",
        ":status", "500",
        "accept-charset", "",
        "accept-encoding", "gzip, deflate",
        "accept-language", "",
        "accept-ranges", "",
        "accept", "",
        "access-control-allow-origin", "",
        "age", "",
        "allow", "",
        "authorization", "",
        "cache-control", "",
        "content-disposition", "",
        "content-encoding", "",
        "content-language", "",
        "content-length", "",
        "content-location", "",
        "content-range", "",
        "content-type", "",
        "cookie", "",
        "date", "",
        "etag", "",
        "expect", "",
        "expires", "",
        "from", "",
        "host", "",
        "if-match", "",
        "if-modified-since", "",
        "if-none-match", "",
        "if-range", "",
        "if-unmodified-since", "",
        "last-modified", "",
        "link", "",
        "location", "",
        "max-forwards", "",
        "proxy-authenticate", "",
        "proxy-authorization", "",
        "range", "",
        "referer", "",
        "refresh", "",
        "retry-after", "",
        "server", "",
        "set-cookie", "",
        "strict-transport-security", "",
        "transfer-encoding", "",
        "user-agent", "",
        "vary", "",
        "via", "",
        "www-authenticate", "",
    };

    /** Entries of the static table. */
    static final int STATIC_COUNT = STATIC.length / 2;

    private static final byte[][] STATIC_OCTETS = new byte[STATIC.length][];

    static {
        for (int i = 0; i < STATIC.length; i++) {
            STATIC_OCTETS[i] = STATIC[i].getBytes(StandardCharsets.US_ASCII);
        }
    }

    private final int mostBytes;
    private int maxBytes;
    private int sizeBytes;

    private byte[] store = new byte[0];

    /** Behind the last octet of the youngest entry. */
    private int end;

    /** A ring: start, length of the name, length of the value of each. */
    private int[] entries = new int[0];

    private int oldest;
    private int count;

    /**
     * A table.
     *
     * @param mostBytes what was said in the settings: the peer may choose less, and begins with this
     */
    HpackTable(int mostBytes) {
        this.mostBytes = mostBytes;
        this.maxBytes = mostBytes;
    }

    static String staticName(int number) {
        return STATIC[2 * number - 2];
    }

    static byte[] staticNameOctets(int number) {
        return STATIC_OCTETS[2 * number - 2];
    }

    /** Changes the size; false where it is more than allowed, or none at all. */
    boolean resize(long bytes) {
        if (bytes < 0 || bytes > mostBytes) {
            return false;
        }
        maxBytes = (int) bytes;
        evict(0);
        return true;
    }

    /** Whether there is an entry of that number, counted from 1. */
    boolean has(int number) {
        return number > 0 && number <= STATIC_COUNT + count;
    }

    private int slot(int number) {
        return (oldest + count - (number - STATIC_COUNT)) % (entries.length / 3) * 3;
    }

    byte[] nameArray(int number) {
        return number <= STATIC_COUNT ? STATIC_OCTETS[2 * number - 2] : store;
    }

    int nameStart(int number) {
        return number <= STATIC_COUNT ? 0 : entries[slot(number)];
    }

    int nameLength(int number) {
        return number <= STATIC_COUNT ? STATIC_OCTETS[2 * number - 2].length : entries[slot(number) + 1];
    }

    byte[] valueArray(int number) {
        return number <= STATIC_COUNT ? STATIC_OCTETS[2 * number - 1] : store;
    }

    int valueStart(int number) {
        return number <= STATIC_COUNT ? 0 : entries[slot(number)] + entries[slot(number) + 1];
    }

    int valueLength(int number) {
        return number <= STATIC_COUNT ? STATIC_OCTETS[2 * number - 1].length : entries[slot(number) + 2];
    }

    /** Adds a field, for which older ones go; one that is larger than the table empties it (section 4.4). */
    void add(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
        long bytes = (long) nameLength + valueLength + OVERHEAD;
        if (bytes > maxBytes) {
            count = 0;
            sizeBytes = 0;
            end = 0;
            return;
        }
        // The name may be that of an entry which goes: its octets stay where they are until the store is packed.
        evict((int) bytes);
        int octets = nameLength + valueLength;
        if (names == store && end + octets > store.length) {
            byte[] copy = Arrays.copyOfRange(names, nameStart, nameStart + nameLength);
            room(octets);
            put(copy, 0, nameLength, values, valueStart, valueLength);
        } else {
            room(octets);
            put(names, nameStart, nameLength, values, valueStart, valueLength);
        }
        sizeBytes += (int) bytes;
    }

    private void put(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
        System.arraycopy(names, nameStart, store, end, nameLength);
        System.arraycopy(values, valueStart, store, end + nameLength, valueLength);
        int slot = (oldest + count) % (entries.length / 3) * 3;
        entries[slot] = end;
        entries[slot + 1] = nameLength;
        entries[slot + 2] = valueLength;
        end += nameLength + valueLength;
        count++;
    }

    private void evict(int forBytes) {
        while (count > 0 && sizeBytes + forBytes > maxBytes) {
            int slot = oldest * 3;
            sizeBytes -= entries[slot + 1] + entries[slot + 2] + OVERHEAD;
            oldest = (oldest + 1) % (entries.length / 3);
            count--;
        }
    }

    /** Makes room behind the last entry, by moving all to the front of the store where that is full. */
    private void room(int octets) {
        if (entries.length == 0) {
            // A connection that never adds a field has neither.
            entries = new int[(mostBytes / OVERHEAD + 1) * 3];
            store = new byte[2 * mostBytes];
        }
        if (end + octets > store.length) {
            int first = count == 0 ? end : entries[oldest * 3];
            System.arraycopy(store, first, store, 0, end - first);
            for (int i = 0; i < count; i++) {
                entries[(oldest + i) % (entries.length / 3) * 3] -= first;
            }
            end -= first;
        }
    }
}
