package io.sessiongate.session;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Whom an address counts as: itself, or with IPv6 its /64, of which one client has all (RFC 6177). Immutable.
 *
 * @param bits the first 64 of it
 */
record AddressBlock(long bits, boolean isV4) {

    static AddressBlock of(InetAddress address) {
        byte[] bytes = address.getAddress();
        long bits = 0;
        for (int i = 0; i < Math.min(8, bytes.length); i++) {
            bits = bits << 8 | (bytes[i] & 0xff);
        }
        return new AddressBlock(bits, address instanceof Inet4Address);
    }

    /** Names nobody: this may reach a log. */
    @Override
    public String toString() {
        return "AddressBlock";
    }
}
