package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A field line that is written again and again: judged and laid out as on the wire once. Immutable; for any thread.
 */
public final class FieldLine {

    static final int SEPARATOR_BYTES = 2;

    private final FieldName name;
    private static final byte[] DIGITS = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);

    /** Digits to base 32 that are shown of 64 bits. */
    private static final int DIGITS_EACH = 11;

    private final byte[] octets;

    /** Made when it is asked for; whoever makes it twice makes the same. */
    private @Nullable String value;

    private FieldLine(FieldName name, byte[] octets, @Nullable String value) {
        this.name = name;
        this.octets = octets;
        this.value = value;
    }

    /**
     * A line of that name and value; a character beyond U+00FF becomes {@code ?}.
     *
     * @throws IllegalArgumentException where one of them has an octet outside the grammar
     */
    public static FieldLine of(String name, String value) {
        return of(FieldName.of(name), value);
    }

    /** The same with a name that is known already. */
    public static FieldLine of(FieldName name, String value) {
        return new FieldLine(name, octets(name.octets(), value), value);
    }

    /** A line whose value is 22 digits and small letters: these bits, each 55 lowest of them, to base 32. */
    public static FieldLine of(FieldName name, long high, long low) {
        byte[] line = room(name.octets(), 2 * DIGITS_EACH);
        int start = line.length - 2 * DIGITS_EACH;
        for (int i = 0; i < DIGITS_EACH; i++) {
            line[start + i] = DIGITS[(int) (high >>> (5 * i)) & 31];
            line[start + DIGITS_EACH + i] = DIGITS[(int) (low >>> (5 * i)) & 31];
        }
        return new FieldLine(name, line, null);
    }

    public FieldName name() {
        return name;
    }

    public String value() {
        String known = value;
        if (known == null) {
            int start = name.length() + SEPARATOR_BYTES;
            known = new String(octets, start, octets.length - start, StandardCharsets.ISO_8859_1);
            value = known;
        }
        return known;
    }

    byte[] octets() {
        return octets;
    }

    /** Name, colon, space, value. */
    static byte[] octets(CharSequence name, CharSequence value) {
        return octets((name instanceof FieldName known ? known : FieldName.of(name.toString())).octets(), value);
    }

    private static byte[] octets(byte[] name, CharSequence value) {
        // An encoder of the JDK copies many octets at once, and writes ? for what is none.
        byte[] text = value.toString().getBytes(StandardCharsets.ISO_8859_1);
        if (Octets.skipValue(text, 0, text.length) < text.length) {
            throw new IllegalArgumentException("a field's value has a character that does not belong there");
        }
        byte[] line = room(name, text.length);
        System.arraycopy(text, 0, line, name.length + SEPARATOR_BYTES, text.length);
        return line;
    }

    /** Name, colon, space, and room for the value. */
    private static byte[] room(byte[] name, int valueBytes) {
        byte[] line = new byte[name.length + SEPARATOR_BYTES + valueBytes];
        System.arraycopy(name, 0, line, 0, name.length);
        line[name.length] = ':';
        line[name.length + 1] = ' ';
        return line;
    }
}
