package io.sessiongate.http;

import java.nio.charset.StandardCharsets;

/** A field's name without a string being made of it: each in turn. Confined to the event loop of its head. */
final class NameView implements CharSequence {

    private byte[] bytes = new byte[0];
    private int start;
    private int end;

    NameView of(HeadStorage s, int field) {
        bytes = s.bytes;
        start = s.at(field, HeadStorage.NAME_START);
        end = s.at(field, HeadStorage.NAME_END);
        return this;
    }

    @Override
    public int length() {
        return end - start;
    }

    @Override
    public char charAt(int index) {
        return (char) (bytes[start + index] & 0xff);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return toString().substring(from, to);
    }

    @Override
    public String toString() {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }
}
