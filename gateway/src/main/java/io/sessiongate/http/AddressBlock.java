package io.sessiongate.http;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Whom an address counts as: itself, or with IPv6 its /64, of which one client has all (RFC 6177). Immutable.
 *
 * @param bits the address with IPv4, the first 64 of it with IPv6
 */
public record AddressBlock(long bits, boolean isV4) {

    public static AddressBlock of(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean v4 = address instanceof Inet4Address;
        if (!v4 && isMapped(bytes)) {
            // ::ffff:192.0.2.1: the first half is the same for all who speak IPv4.
            return new AddressBlock(bits(bytes, 12, 16), true);
        }
        return new AddressBlock(bits(bytes, 0, v4 ? 4 : 8), v4);
    }

    private static boolean isMapped(byte[] bytes) {
        return bits(bytes, 0, 8) == 0 && bits(bytes, 8, 12) == 0xffffL;
    }

    private static long bits(byte[] bytes, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << 8 | (bytes[i] & 0xff);
        }
        return bits;
    }

    /** Names nobody: this may reach a log. */
    @Override
    public String toString() {
        return "AddressBlock";
    }
}
