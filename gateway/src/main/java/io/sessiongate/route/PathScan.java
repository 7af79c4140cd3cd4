package io.sessiongate.route;

/**
 * One look at the path of a target, to tell the plain ones, which every application reads alike but for letter case,
 * from those whose readings must be compared. Allocates nothing.
 */
final class PathScan {

    private static final byte PLAIN = 0;
    private static final byte ODD = 1;
    private static final byte FORBIDDEN = 2;
    private static final byte[] KIND = new byte[0x80];

    static {
        for (int c = 0; c < KIND.length; c++) {
            KIND[c] = c <= ' ' || c == 0x7f || c == '#' ? FORBIDDEN : "%\\;".indexOf(c) >= 0 ? ODD : PLAIN;
        }
    }

    private PathScan() {}

    /** What the path is. */
    enum Verdict {
        PLAIN,
        ODD,
        /** It holds a character that no target may hold, or is no path at all. */
        MALFORMED
    }

    /** Where the path ends: at the first question mark. */
    static int end(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target.length() : query;
    }

    /** Judges the path, which ends before {@code end}. */
    static Verdict judge(String target, int end) {
        if (end == 0 || target.charAt(0) != '/') {
            return Verdict.MALFORMED;
        }
        boolean odd = false;
        char previous = 0;
        for (int i = 0; i < end; i++) {
            char c = target.charAt(i);
            int kind = c < 0x80 ? KIND[c] : FORBIDDEN;
            if (kind == FORBIDDEN) {
                return Verdict.MALFORMED;
            }
            // A slash after a slash, or after the dot of a dot segment or of a name that some systems cut.
            odd |= kind == ODD || (c == '/' && (previous == '/' || previous == '.'));
            previous = c;
        }
        return odd || previous == '.' ? Verdict.ODD : Verdict.PLAIN;
    }
}
