package io.sessiongate.listener;

/** The form of {@code Host} that is accepted: a name, an IPv4 or a bracketed IPv6 address, and perhaps a port. */
final class Authority {

    private Authority() {}

    /**
     * Narrower than RFC 3986 section 3.2.2 (no user, no percent-encoding, no sub-delimiters): routes are matched by it,
     * and nothing an application may read in another way gets through.
     */
    static boolean valid(String text) {
        int length = text.length();
        if (length == 0 || length > 300) {
            return false;
        }
        int hostEnd = text.charAt(0) == '[' ? bracketEnd(text) : nameEnd(text);
        return hostEnd > 0 && (hostEnd == length || port(text, hostEnd));
    }

    private static int nameEnd(String text) {
        int i = 0;
        while (i < text.length() && nameChar(text.charAt(i))) {
            if (text.charAt(i) == '.' && (i == 0 || text.charAt(i - 1) == '.')) {
                return -1; // an empty label: no such name, but some would drop the dot and find another one
            }
            i++;
        }
        return i;
    }

    private static boolean nameChar(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '-'
                || c == '_';
    }

    private static int bracketEnd(String text) {
        int i = 1;
        while (i < text.length()
                && (Character.digit(text.charAt(i), 16) >= 0 || text.charAt(i) == ':' || text.charAt(i) == '.')) {
            i++;
        }
        return i > 3 && i < text.length() && text.charAt(i) == ']' ? i + 1 : -1;
    }

    private static boolean port(String text, int colon) {
        if (text.charAt(colon) != ':' || text.length() - colon > 6) {
            return false;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
            port = port * 10 + c - '0';
        }
        return text.length() > colon + 1 && port <= 65535;
    }
}
