package io.sessiongate.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether two runs of octets are the same, in a time that depends on their length alone: every octet of both is read,
 * eight at once, whatever differs. Stateless.
 */
final class SameOctets {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private SameOctets() {}

    /** Of that length, from these places on. */
    static boolean of(byte[] one, int oneStart, byte[] other, int otherStart, int length) {
        long difference = 0;
        int at = 0;
        for (; at <= length - Long.BYTES; at += Long.BYTES) {
            difference |= (long) LONGS.get(one, oneStart + at) ^ (long) LONGS.get(other, otherStart + at);
        }
        for (; at < length; at++) {
            difference |= one[oneStart + at] ^ other[otherStart + at];
        }
        return difference == 0;
    }
}
