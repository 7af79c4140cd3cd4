package io.sessiongate.http;

import java.nio.charset.StandardCharsets;

/**
 * A field line that is written again and again: judged and laid out as on the wire once. Immutable; for any thread.
 */
public final class FieldLine {

    static final int SEPARATOR_BYTES = 2;

    private final FieldName name;
    private final String value;
    private final byte[] octets;

    private FieldLine(FieldName name, String value) {
        this.name = name;
        this.value = value;
        this.octets = octets(name.octets(), value);
    }

    /**
     * A line of that name and value; a character beyond U+00FF becomes {@code ?}.
     *
     * @throws IllegalArgumentException where one of them has an octet outside the grammar
     */
    public static FieldLine of(String name, String value) {
        return new FieldLine(FieldName.of(name), value);
    }

    /** The same with a name that is known already. */
    public static FieldLine of(FieldName name, String value) {
        return new FieldLine(name, value);
    }

    public FieldName name() {
        return name;
    }

    public String value() {
        return value;
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
        byte[] line = new byte[name.length + SEPARATOR_BYTES + text.length];
        System.arraycopy(name, 0, line, 0, name.length);
        line[name.length] = ':';
        line[name.length + 1] = ' ';
        System.arraycopy(text, 0, line, name.length + SEPARATOR_BYTES, text.length);
        return line;
    }
}
