package io.sessiongate.identity;

import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * Values as header text. Printable ASCII stands as it is; everything else, {@code %} itself, and spaces at the ends are
 * percent-encoded UTF-8 (RFC 3986), so that percent-decoding always gives the value back and nothing a token says can
 * end a field line. In lists, joined by commas, a comma within a value is encoded too. Stateless.
 */
public final class HeaderText {

    private static final String DIGITS = "0123456789ABCDEF";

    private HeaderText() {}

    public static String of(String value) {
        return encode(value, false);
    }

    /** The values joined by {@code ,}. */
    static String list(Collection<String> values) {
        var out = new StringBuilder();
        for (String value : values) {
            out.append(out.length() == 0 ? "" : ",").append(encode(value, true));
        }
        return out.toString();
    }

    private static String encode(String value, boolean inList) {
        if (plain(value, inList)) {
            return value;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        var out = new StringBuilder(bytes.length + 16);
        for (int i = 0; i < bytes.length; i++) {
            int octet = bytes[i] & 0xff;
            boolean edge = i == 0 || i == bytes.length - 1;
            if (safe(octet, edge, inList)) {
                out.append((char) octet);
            } else {
                out.append('%').append(DIGITS.charAt(octet >> 4)).append(DIGITS.charAt(octet & 0xf));
            }
        }
        return out.toString();
    }

    private static boolean plain(String value, boolean inList) {
        for (int i = 0; i < value.length(); i++) {
            if (!safe(value.charAt(i), i == 0 || i == value.length() - 1, inList)) {
                return false;
            }
        }
        return true;
    }

    private static boolean safe(int c, boolean edge, boolean inList) {
        if (c == ' ') {
            return !edge;
        }
        return c > ' ' && c < 0x7f && c != '%' && !(inList && c == ',');
    }
}
