package io.sessiongate.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Header blocks of HTTP/2 whose fields stand there as they are, none of them indexed or coded: so any octet can be said. */
public final class PlainBlock {

    private PlainBlock() {}

    /** A block of fields, each a name and its value behind one another. Text is ISO-8859-1. */
    public static byte[] of(String... fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            block.write(0);
            text(block, fields[i]);
            text(block, fields[i + 1]);
        }
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        number(block, 0, 127, text.length());
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Writes a number (RFC 7541 section 5.1) whose first octet has these other bits and room for {@code most}. */
    public static void number(ByteArrayOutputStream block, int form, int most, int number) {
        block.write(form | Math.min(number, most));
        if (number >= most) {
            int rest = number - most;
            for (; rest >= 128; rest >>= 7) {
                block.write((rest & 0x7f) | 0x80);
            }
            block.write(rest);
        }
    }
}
