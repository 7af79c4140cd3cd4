package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one head: its octets as they came, behind them those of fields that were added, and an index of where
 * names and values lie. No object a field. Grows to what the reader's limits allow; confined to the event loop of the
 * message it holds.
 */
final class HeadStorage {

    static final int NAME_START = 0;
    static final int NAME_END = 1;
    static final int VALUE_START = 2;
    static final int VALUE_END = 3;
    private static final int STRIDE = 4;

    private static final int FIRST_BYTES = 2048;
    private static final int FIRST_FIELDS = 32;

    /** What is larger is not worth being kept for another head. */
    private static final int KEPT_BYTES = 16 * 1024;

    private static final int KEPT_FIELDS = 128;

    /** A name has 253 octets at most (RFC 1035 section 2.3.4), a port five. */
    private static final int MOST_HOST = 260;

    byte[] bytes = new byte[FIRST_BYTES];

    /** Octets in use. */
    int length;

    /** Fields, those removed included, whose key is 0. */
    int count;

    /** See {@link FieldKey}. */
    int[] keys = new int[FIRST_FIELDS];

    /** One bit for each of 64 classes of keys that are or were there. */
    long present;

    @Nullable String[] values = new String[FIRST_FIELDS];

    /** Shows the names of its fields, one at a time. */
    final NameView view = new NameView();

    /** The last {@code Host}: nearly always that of the next head as well. */
    private String host = "";

    private int[] spans = new int[FIRST_FIELDS * STRIDE];

    int at(int field, int which) {
        return spans[field * STRIDE + which];
    }

    void add(int key, int nameStart, int nameEnd, int valueStart, int valueEnd) {
        if (count == keys.length) {
            keys = Arrays.copyOf(keys, 2 * count);
            values = Arrays.copyOf(values, 2 * count);
            spans = Arrays.copyOf(spans, 2 * count * STRIDE);
        }
        int at = count * STRIDE;
        spans[at + NAME_START] = nameStart;
        spans[at + NAME_END] = nameEnd;
        spans[at + VALUE_START] = valueStart;
        spans[at + VALUE_END] = valueEnd;
        values[count] = null;
        keys[count++] = key;
        present |= FieldKey.bit(key);
    }

    /** Lengthens the value of the last field by what was written behind it. */
    void extendLast(int valueEnd) {
        spans[(count - 1) * STRIDE + VALUE_END] = valueEnd;
        values[count - 1] = null;
        length = valueEnd;
    }

    /** Takes back the memory of fields at the end that were added and removed again. */
    void reclaim() {
        while (count > 0 && keys[count - 1] == 0 && at(count - 1, VALUE_END) == length) {
            count--;
            values[count] = null; // clear() looks no further than count
            length = at(count, NAME_START);
        }
    }

    /** Makes room for so many octets behind those in use. */
    void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** The text of a {@code Host} there. */
    String host(int start, int length) {
        String known = host;
        boolean same = known.length() == length;
        for (int i = 0; same && i < length; i++) {
            same = known.charAt(i) == (bytes[start + i] & 0xff);
        }
        if (!same) {
            known = new String(bytes, start, length, StandardCharsets.ISO_8859_1);
            host = length <= MOST_HOST ? known : "";
        }
        return known;
    }

    /** Forgets what it held, which may be credentials, but for the host; false where it has grown too large to be kept. */
    boolean clear() {
        Arrays.fill(values, 0, count, null);
        length = 0;
        count = 0;
        present = 0;
        return bytes.length <= KEPT_BYTES && keys.length <= KEPT_FIELDS;
    }
}
