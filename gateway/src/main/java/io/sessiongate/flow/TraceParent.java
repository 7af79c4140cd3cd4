package io.sessiongate.flow;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A {@code traceparent} (W3C Trace Context section 3.2): the trace a request belongs to and the span that called. Neither id is zero. Immutable.
 *
 * @param traceHigh and {@code traceLow}: the trace's id
 * @param spanId the calling span's
 * @param flags as they came, of which the sampled and the random bit are known
 */
record TraceParent(long traceHigh, long traceLow, long spanId, int flags) {

    static final int SAMPLED = 1;
    private static final int RANDOM = 2;
    private static final int LENGTH = 55;
    private static final int INVALID_VERSION = 0xff;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Reads one; null where it is not valid. Of a later version the part that is known is read, as section 3.2.4 has it. */
    static @Nullable TraceParent parse(String text) {
        if (text.length() < LENGTH || text.charAt(2) != '-' || text.charAt(35) != '-' || text.charAt(52) != '-') {
            return null;
        }
        for (int i = 0; i < LENGTH; i++) {
            if (i != 2 && i != 35 && i != 52 && digit(text.charAt(i)) < 0) {
                return null;
            }
        }
        int version = (int) number(text, 0, 2);
        if (version == INVALID_VERSION || (text.length() > LENGTH && (version == 0 || text.charAt(LENGTH) != '-'))) {
            return null;
        }
        long high = number(text, 3, 19);
        long low = number(text, 19, 35);
        long span = number(text, 36, 52);
        return (high | low) == 0 || span == 0 ? null : new TraceParent(high, low, span, (int) number(text, 53, 55));
    }

    boolean sampled() {
        return (flags & SAMPLED) != 0;
    }

    /** The same trace as the next hop is told of it: by that span, in the version we know. */
    String next(long span, boolean sampled) {
        byte[] text = new byte[LENGTH];
        text[0] = '0';
        text[1] = '0';
        text[2] = '-';
        write(traceHigh, text, 3);
        write(traceLow, text, 19);
        text[35] = '-';
        write(span, text, 36);
        text[52] = '-';
        text[53] = '0';
        text[54] = DIGITS[(flags & RANDOM) | (sampled ? SAMPLED : 0)];
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    String traceId() {
        byte[] text = new byte[32];
        write(traceHigh, text, 0);
        write(traceLow, text, 16);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** Sixteen digits. */
    static String spanId(long id) {
        byte[] text = new byte[16];
        write(id, text, 0);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void write(long id, byte[] text, int at) {
        for (int i = 0; i < 16; i++) {
            text[at + i] = DIGITS[(int) (id >>> (60 - 4 * i)) & 0xf];
        }
    }

    private static long number(String text, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number << 4 | digit(text.charAt(i));
        }
        return number;
    }

    /** Small letters only: the specification knows no others. */
    private static int digit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }
}
