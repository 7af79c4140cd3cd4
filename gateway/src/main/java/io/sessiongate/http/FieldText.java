package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of one field line without a string being made of it; characters are octets (ISO 8859-1). It may point into the
 * memory of its head: to be read at once, before the head changes or is given back, and never to be kept. Confined to the
 * connection's event loop.
 */
public final class FieldText implements CharSequence {

    private final byte[] octets;
    private final int start;
    private final int end;
    private final @Nullable WireFields head;
    private final CharSequence name;
    private final int field;
    private final @Nullable FieldText following;

    FieldText(HeadStorage storage, WireFields head, CharSequence name, int field) {
        this.octets = storage.bytes;
        this.start = storage.at(field, HeadStorage.VALUE_START);
        this.end = storage.at(field, HeadStorage.VALUE_END);
        this.head = head;
        this.name = name;
        this.field = field;
        this.following = null;
    }

    private FieldText(String value, @Nullable FieldText following) {
        this.octets = value.getBytes(StandardCharsets.ISO_8859_1);
        this.start = 0;
        this.end = octets.length;
        this.head = null;
        this.name = "";
        this.field = 0;
        this.following = following;
    }

    /** The first of these values, null where there is none; characters beyond U+00FF become {@code ?}. */
    static @Nullable FieldText of(List<String> values) {
        FieldText first = null;
        for (int i = values.size() - 1; i >= 0; i--) {
            first = new FieldText(values.get(i), first);
        }
        return first;
    }

    /** The next field line of the same name, or null. */
    public @Nullable FieldText next() {
        return head == null ? following : head.text(name, field + 1);
    }

    /** The array in which it lies, at {@link #offset}; to be read, and not to be kept. */
    public byte[] array() {
        return octets;
    }

    /** Where its first octet lies in the {@link #array}. */
    public int offset() {
        return start;
    }

    @Override
    public int length() {
        return end - start;
    }

    @Override
    public char charAt(int index) {
        return (char) (octets[start + index] & 0xff);
    }

    /** Index of that ASCII character at or behind {@code from}, or -1. */
    public int indexOf(char c, int from) {
        for (int i = start + from; i < end; i++) {
            if (octets[i] == c) {
                return i - start;
            }
        }
        return -1;
    }

    /** Whether that ASCII text stands at {@code from}. */
    public boolean startsWith(String text, int from) {
        int length = text.length();
        if (from < 0 || end - start - from < length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (octets[start + from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The same in whatever letter case. */
    public boolean startsWithIgnoreCase(String text, int from) {
        int length = text.length();
        if (from < 0 || end - start - from < length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!Octets.sameLetter(octets[start + from + i], text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Where the element of a comma-separated list that begins at {@code from} ends: at a comma, or at the end. */
    int elementEnd(int from) {
        int comma = indexOf(',', from);
        return comma < 0 ? length() : comma;
    }

    /** Whether that element is {@code text}, in ASCII, in whatever letter case, blanks around it aside. */
    boolean isElement(int from, String text) {
        int to = elementEnd(from);
        int begin = from;
        while (begin < to && Octets.isBlank(octets[start + begin])) {
            begin++;
        }
        while (to > begin && Octets.isBlank(octets[start + to - 1])) {
            to--;
        }
        return to - begin == text.length() && startsWithIgnoreCase(text, begin);
    }

    /** That element, without blanks around it. */
    String element(int from) {
        return substring(from, elementEnd(from)).strip();
    }

    /** The characters from {@code from} to before {@code to}. */
    public String substring(int from, int to) {
        return new String(octets, start + from, to - from, StandardCharsets.ISO_8859_1);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return substring(from, to);
    }

    /** The whole value. */
    @Override
    public String toString() {
        return substring(0, length());
    }
}
