package io.sessiongate.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether two arrays of octets are the same, in a time that depends on their length alone: every octet of both is read,
 * eight at once, whatever differs. Stateless.
 */
final class SameOctets {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private SameOctets() {}

    static boolean of(byte[] one, byte[] other) {
        int length = one.length;
        if (length != other.length) {
            return false;
        }
        long difference = 0;
        int at = 0;
        for (; at <= length - Long.BYTES; at += Long.BYTES) {
            difference |= (long) LONGS.get(one, at) ^ (long) LONGS.get(other, at);
        }
        for (; at < length; at++) {
            difference |= one[at] ^ other[at];
        }
        return difference == 0;
    }
}
