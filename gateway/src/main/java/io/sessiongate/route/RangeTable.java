package io.sessiongate.route;

import java.util.List;
import java.util.Map;

/**
 * An immutable table whose keys are found by a range of a text, without regard to letter case and without making a
 * string of it. Open addressing with linear probing at most half full; keys come from the configuration only, so that a
 * client cannot make probing long.
 */
final class RangeTable<V> {

    private final String[] keys;
    private final List<V> values;
    private final int[] slots;

    /** Keys must differ in more than letter case. */
    RangeTable(Map<String, V> entries) {
        keys = entries.keySet().toArray(String[]::new);
        values = List.copyOf(entries.values());
        slots = new int[Integer.highestOneBit(Math.max(1, keys.length)) * 4];
        for (int i = 0; i < keys.length; i++) {
            int slot = start(hash(keys[i], 0, keys[i].length()));
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = i + 1;
        }
    }

    /**
     * The number of the entry whose key is the range, or -1.
     *
     * @param hash of the range, as {@link #hash} finds it
     */
    int find(CharSequence text, int from, int to, int hash) {
        int slot = start(hash);
        while (slots[slot] != 0) {
            int entry = slots[slot] - 1;
            if (same(keys[entry], text, from, to)) {
                return entry;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return -1;
    }

    int find(CharSequence text, int from, int to) {
        return find(text, from, to, hash(text, from, to));
    }

    /** Whether the entry's key is the range to the letter. */
    boolean spelled(int entry, String text, int from) {
        String key = keys[entry];
        return text.startsWith(key, from);
    }

    String key(int entry) {
        return keys[entry];
    }

    V value(int entry) {
        return values.get(entry);
    }

    boolean isEmpty() {
        return keys.length == 0;
    }

    static int hash(CharSequence text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash(hash, text.charAt(i));
        }
        return hash;
    }

    /** One more character of a range's hash. */
    static int hash(int hash, char next) {
        return 31 * hash + fold(next);
    }

    /**
     * One spelling for all letter cases. Through upper case first, as {@link String#equalsIgnoreCase} does: the long s
     * and the Kelvin sign are an s and a k to software that changes case the one way or the other.
     */
    static char fold(char c) {
        if (c < 0x80) {
            return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
        }
        return Character.toLowerCase(Character.toUpperCase(c));
    }

    private int start(int hash) {
        return (hash ^ (hash >>> 16)) & (slots.length - 1);
    }

    private static boolean same(String key, CharSequence text, int from, int to) {
        if (key.length() != to - from) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            if (fold(key.charAt(i)) != fold(text.charAt(from + i))) {
                return false;
            }
        }
        return true;
    }
}
