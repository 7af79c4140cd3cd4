package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The name of a field that is looked for again and again: what a head's index goes by is worked out once. Written as it was
 * given, compared without regard to letter case. Immutable; for any thread.
 */
public final class FieldName implements CharSequence {

    public static final FieldName ACCESS_CONTROL_REQUEST_METHOD = of("Access-Control-Request-Method");
    public static final FieldName AUTHORIZATION = of("Authorization");
    public static final FieldName CONNECTION = of("Connection");
    public static final FieldName CONTENT_LENGTH = of("Content-Length");
    public static final FieldName CONTENT_TYPE = of("Content-Type");
    public static final FieldName COOKIE = of("Cookie");
    public static final FieldName EXPECT = of("Expect");
    public static final FieldName HOST = of("Host");
    public static final FieldName ORIGIN = of("Origin");
    public static final FieldName TE = of("TE");
    public static final FieldName TRANSFER_ENCODING = of("Transfer-Encoding");
    public static final FieldName UPGRADE = of("Upgrade");
    public static final FieldName X_FORWARDED_FOR = of("X-Forwarded-For");
    public static final FieldName X_FORWARDED_HOST = of("X-Forwarded-Host");
    public static final FieldName X_FORWARDED_PROTO = of("X-Forwarded-Proto");

    private final String text;
    private final byte[] octets;
    private final int key;

    private FieldName(String name) {
        this.text = name;
        this.octets = text.getBytes(StandardCharsets.US_ASCII);
        this.key = FieldKey.of(octets, 0, octets.length);
    }

    /**
     * A name.
     *
     * @throws IllegalArgumentException where it is none by the grammar
     */
    public static FieldName of(String name) {
        boolean valid = !name.isEmpty();
        for (int i = 0; i < name.length(); i++) {
            valid &= name.charAt(i) <= 0x7f && Octets.isToken((byte) name.charAt(i));
        }
        if (!valid) {
            throw new IllegalArgumentException("no name of a field: " + name);
        }
        return new FieldName(name);
    }

    /** Several, in order. */
    public static List<FieldName> all(List<String> names) {
        return names.stream().map(FieldName::of).toList();
    }

    /** As on the wire; never to be written to. */
    byte[] octets() {
        return octets;
    }

    /** See {@link FieldKey}. */
    int key() {
        return key;
    }

    /** Whether these octets are the name, in whatever letter case. */
    boolean is(byte[] bytes, int start, int length) {
        if (length != octets.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!Octets.sameLetter(bytes[start + i], octets[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int length() {
        return octets.length;
    }

    @Override
    public char charAt(int index) {
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return text.subSequence(from, to);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FieldName name && text.equalsIgnoreCase(name.text);
    }

    @Override
    public int hashCode() {
        return text.toLowerCase(Locale.ROOT).hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
