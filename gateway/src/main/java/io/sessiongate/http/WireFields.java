package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@link HeaderFields} over octets and an index. A value becomes a string when it is asked for, once; characters are
 * octets (ISO 8859-1). What is added must be a valid field: an octet outside the grammar is a bug of ours and throws
 * {@link IllegalArgumentException}; a character beyond U+00FF is written as {@code ?}.
 *
 * <p>Its memory is lent by {@link HeadStorages}. Once it was given back every access throws {@link IllegalStateException}:
 * nobody who comes late can read or write the head of another request. Confined to the connection's event loop.
 */
public abstract class WireFields implements HeaderFields {

    /** Of {@code Host}, and of few others. */
    private static final int HOST = FieldName.HOST.key();

    private static final int MOST_DIGITS = 18;

    private @Nullable HeadStorage storage;

    WireFields(@Nullable HeadStorage storage) {
        this.storage = storage;
    }

    final HeadStorage storage() {
        HeadStorage held = storage;
        if (held == null) {
            throw new IllegalStateException("the head has been given back");
        }
        return held;
    }

    final void storage(@Nullable HeadStorage lent) {
        storage = lent;
    }

    /** Gives the memory back; without effect where there is none. */
    public final void release(HeadStorages storages) {
        HeadStorage held = storage;
        storage = null;
        if (held != null) {
            storages.give(held);
        }
    }

    /** The first field of that name at or behind {@code from}, or -1. */
    private int find(HeadStorage s, int key, CharSequence name, int from) {
        if ((s.present & FieldKey.bit(key)) == 0) {
            return -1;
        }
        for (int i = from; i < s.count; i++) {
            if (s.keys[i] == key && isNamed(s, i, name)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isNamed(HeadStorage s, int field, CharSequence name) {
        int start = s.at(field, HeadStorage.NAME_START);
        int length = s.at(field, HeadStorage.NAME_END) - start;
        if (name instanceof FieldName known) {
            return known.is(s.bytes, start, length);
        }
        if (length != name.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!Octets.sameLetter(s.bytes[start + i], name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static String value(HeadStorage s, int field) {
        String known = s.values[field];
        if (known != null) {
            return known;
        }
        int start = s.at(field, HeadStorage.VALUE_START);
        int length = s.at(field, HeadStorage.VALUE_END) - start;
        String value = s.keys[field] == HOST
                ? s.host(start, length)
                : new String(s.bytes, start, length, StandardCharsets.ISO_8859_1);
        s.values[field] = value;
        return value;
    }

    @Override
    public final @Nullable String first(CharSequence name) {
        HeadStorage s = storage();
        int field = find(s, FieldKey.of(name), name, 0);
        return field < 0 ? null : value(s, field);
    }

    @Override
    public final boolean contains(CharSequence name) {
        HeadStorage s = storage();
        return find(s, FieldKey.of(name), name, 0) >= 0;
    }

    @Override
    public final @Nullable FieldText text(CharSequence name) {
        return text(name, 0);
    }

    /** The first of that name at or behind {@code from}, or null. */
    final @Nullable FieldText text(CharSequence name, int from) {
        HeadStorage s = storage();
        int field = find(s, FieldKey.of(name), name, from);
        return field < 0 ? null : new FieldText(s, this, name, field);
    }

    /** The first of that name as a number; negative where there is none, or it is not 1 to {@value #MOST_DIGITS} digits. */
    public final long number(CharSequence name) {
        HeadStorage s = storage();
        int field = find(s, FieldKey.of(name), name, 0);
        if (field < 0) {
            return -1;
        }
        int start = s.at(field, HeadStorage.VALUE_START);
        int end = s.at(field, HeadStorage.VALUE_END);
        if (start == end || end - start > MOST_DIGITS) {
            return -1;
        }
        long number = 0;
        for (int i = start; i < end; i++) {
            if (!Octets.isDigit(s.bytes[i])) {
                return -1;
            }
            number = number * 10 + s.bytes[i] - '0';
        }
        return number;
    }

    /** How many field lines have that name. */
    public final int count(CharSequence name) {
        HeadStorage s = storage();
        int key = FieldKey.of(name);
        int found = 0;
        for (int field = find(s, key, name, 0); field >= 0; field = find(s, key, name, field + 1)) {
            found++;
        }
        return found;
    }

    /** Whether one of its comma-separated elements, in any of its lines, is that token, in any letter case. */
    public final boolean lists(CharSequence name, String token) {
        HeadStorage s = storage();
        int key = FieldKey.of(name);
        for (int field = find(s, key, name, 0); field >= 0; field = find(s, key, name, field + 1)) {
            if (lists(s, field, token)) {
                return true;
            }
        }
        return false;
    }

    private static boolean lists(HeadStorage s, int field, String token) {
        int end = s.at(field, HeadStorage.VALUE_END);
        int from = s.at(field, HeadStorage.VALUE_START);
        while (from <= end) {
            int to = from;
            while (to < end && s.bytes[to] != ',') {
                to++;
            }
            if (isElement(s.bytes, from, to, token)) {
                return true;
            }
            from = to + 1;
        }
        return false;
    }

    private static boolean isElement(byte[] bytes, int from, int to, String token) {
        int start = from;
        int end = to;
        while (start < end && Octets.isBlank(bytes[start])) {
            start++;
        }
        while (end > start && Octets.isBlank(bytes[end - 1])) {
            end--;
        }
        if (end - start != token.length()) {
            return false;
        }
        for (int i = 0; i < token.length(); i++) {
            if (!Octets.sameLetter(bytes[start + i], token.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final List<String> all(CharSequence name) {
        HeadStorage s = storage();
        int key = FieldKey.of(name);
        int field = find(s, key, name, 0);
        if (field < 0) {
            return List.of();
        }
        int next = find(s, key, name, field + 1);
        if (next < 0) {
            return List.of(value(s, field));
        }
        List<String> values = new ArrayList<>();
        values.add(value(s, field));
        for (; next >= 0; next = find(s, key, name, next + 1)) {
            values.add(value(s, next));
        }
        return values;
    }

    @Override
    public final void forEach(FieldVisitor visitor) {
        HeadStorage s = storage();
        for (int i = 0; i < s.count; i++) {
            if (s.keys[i] != 0) {
                visitor.field(s.view.of(s, i).toString(), value(s, i));
            }
        }
    }

    /** Field lines that are there. */
    public final int size() {
        HeadStorage s = storage();
        int size = 0;
        for (int i = 0; i < s.count; i++) {
            size += s.keys[i] == 0 ? 0 : 1;
        }
        return size;
    }

    @Override
    public final void set(CharSequence name, CharSequence value) {
        remove(name);
        add(name, value);
    }

    @Override
    public final void add(CharSequence name, CharSequence value) {
        add(FieldLine.octets(name, value), name.length());
    }

    @Override
    public final void set(FieldName name, FieldText value) {
        remove(name);
        HeadStorage s = storage();
        byte[] octets = name.octets();
        int start = s.length;
        int nameEnd = start + octets.length;
        int valueStart = nameEnd + FieldLine.SEPARATOR_BYTES;
        s.ensure(valueStart - start + value.length());
        System.arraycopy(octets, 0, s.bytes, start, octets.length);
        s.bytes[nameEnd] = ':';
        s.bytes[nameEnd + 1] = ' ';
        System.arraycopy(value.array(), value.offset(), s.bytes, valueStart, value.length());
        s.length = valueStart + value.length();
        s.add(name.key(), start, nameEnd, valueStart, s.length);
    }

    @Override
    public final void set(FieldLine line) {
        remove(line.name());
        add(line.octets(), line.name().length());
    }

    @Override
    public final void add(FieldLine line) {
        add(line.octets(), line.name().length());
    }

    /** Adds a line that is laid out as on the wire, so that it will be written in one piece. */
    private void add(byte[] line, int nameLength) {
        HeadStorage s = storage();
        s.ensure(line.length);
        int start = s.length;
        System.arraycopy(line, 0, s.bytes, start, line.length);
        s.length = start + line.length;
        int nameEnd = start + nameLength;
        s.add(FieldKey.of(s.bytes, start, nameEnd), start, nameEnd, nameEnd + FieldLine.SEPARATOR_BYTES, s.length);
    }

    @Override
    public final void remove(CharSequence name) {
        HeadStorage s = storage();
        int key = FieldKey.of(name);
        for (int field = find(s, key, name, 0); field >= 0; field = find(s, key, name, field + 1)) {
            s.keys[field] = 0;
        }
        s.reclaim();
    }

    /** The name shown is only valid during the call. */
    @Override
    public final void removeNames(Predicate<? super CharSequence> name) {
        HeadStorage s = storage();
        for (int i = 0; i < s.count; i++) {
            if (s.keys[i] != 0 && name.test(s.view.of(s, i))) {
                s.keys[i] = 0;
            }
        }
        s.reclaim();
    }
}
