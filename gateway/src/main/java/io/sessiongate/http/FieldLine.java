package io.sessiongate.http;

import java.nio.charset.StandardCharsets;

/**
 * A field line that is written again and again: judged and laid out as on the wire once. Immutable; for any thread.
 */
public final class FieldLine {

    static final int SEPARATOR_BYTES = 2;

    private final String name;
    private final String value;
    private final byte[] octets;

    private FieldLine(String name, String value) {
        this.name = name;
        this.value = value;
        this.octets = octets(name, value);
    }

    /**
     * A line of that name and value; a character beyond U+00FF becomes {@code ?}.
     *
     * @throws IllegalArgumentException where one of them has an octet outside the grammar
     */
    public static FieldLine of(String name, String value) {
        return new FieldLine(name, value);
    }

    public String name() {
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
        int nameLength = name.length();
        if (nameLength == 0) {
            throw new IllegalArgumentException("a field needs a name");
        }
        // An encoder of the JDK copies many octets at once, and writes ? for what is none.
        byte[] text = value.toString().getBytes(StandardCharsets.ISO_8859_1);
        if (Octets.skipValue(text, 0, text.length) < text.length) {
            throw new IllegalArgumentException("a field's value has a character that does not belong there");
        }
        byte[] line = new byte[nameLength + SEPARATOR_BYTES + text.length];
        for (int i = 0; i < nameLength; i++) {
            char c = name.charAt(i);
            if (c > 0x7f || !Octets.isToken((byte) c)) {
                throw new IllegalArgumentException("a field's name has a character that does not belong there");
            }
            line[i] = (byte) c;
        }
        line[nameLength] = ':';
        line[nameLength + 1] = ' ';
        System.arraycopy(text, 0, line, nameLength + SEPARATOR_BYTES, text.length);
        return line;
    }
}
