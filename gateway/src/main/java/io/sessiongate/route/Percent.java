package io.sessiongate.route;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Percent encoding (RFC 3986 section 2.1) of UTF-8. */
final class Percent {

    private static final String DIGITS = "0123456789ABCDEF";

    private Percent() {}

    /** Whether the text has a {@code %} that two hexadecimal digits do not follow. */
    static boolean invalid(String text) {
        for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
            if (!escape(text, i)) {
                return true;
            }
        }
        return false;
    }

    /** Decodes every escape; null where one is invalid or the result is not UTF-8. */
    static @Nullable String decodeStrictly(String text) {
        return invalid(text) ? null : decode(text);
    }

    /**
     * Decodes every valid escape once and leaves a {@code %} that begins none, as decoders that forgive do; the text
     * itself where there is nothing to decode, null where the result is not UTF-8: overlong forms and halves of
     * surrogate pairs are not.
     */
    static @Nullable String decode(String text) {
        int first = text.indexOf('%');
        while (first >= 0 && !escape(text, first)) {
            first = text.indexOf('%', first + 1);
        }
        if (first < 0) {
            return text;
        }
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (int i = 0; i < encoded.length; i++) {
            byte b = encoded[i];
            if (b == '%' && i + 2 < encoded.length && digit(encoded[i + 1]) >= 0 && digit(encoded[i + 2]) >= 0) {
                b = (byte) (digit(encoded[i + 1]) << 4 | digit(encoded[i + 2]));
                i += 2;
            }
            encoded[length++] = b;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(encoded, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Writes the digits of every escape in upper case, which changes no meaning (RFC 3986 section 6.2.2.1). */
    static String upperCaseDigits(String text) {
        var out = new StringBuilder(text);
        for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
            if (escape(text, i)) {
                out.setCharAt(i + 1, DIGITS.charAt(digit(text.charAt(i + 1))));
                out.setCharAt(i + 2, DIGITS.charAt(digit(text.charAt(i + 2))));
            }
        }
        return out.toString();
    }

    static void append(StringBuilder out, int octet) {
        out.append('%').append(DIGITS.charAt(octet >> 4)).append(DIGITS.charAt(octet & 0xf));
    }

    private static boolean escape(String text, int percent) {
        return percent + 2 < text.length()
                && digit(text.charAt(percent + 1)) >= 0
                && digit(text.charAt(percent + 2)) >= 0;
    }

    /** Only ASCII digits: {@link Character#digit} knows those of other scripts too. */
    private static int digit(int c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
