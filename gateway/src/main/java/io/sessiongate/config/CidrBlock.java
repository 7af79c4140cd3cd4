package io.sessiongate.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A block of IP addresses, {@code 10.0.0.0/8} or a single address; never resolves a name. */
public final class CidrBlock {

    private final byte[] network;
    private final int prefixBits;

    private CidrBlock(byte[] network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /** Parses a literal block or address; throws {@link IllegalArgumentException} with a sentence for the user. */
    public static CidrBlock parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        try {
            byte[] bytes = IpAddress.parse(address).getAddress();
            int bits = slash < 0 ? bytes.length * 8 : Integer.parseInt(text.substring(slash + 1));
            if (bits >= 0 && bits <= bytes.length * 8) {
                return new CidrBlock(bytes, bits);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected an address or block such as 10.0.0.0/8 or ::1", e);
        }
        throw new IllegalArgumentException("the prefix must be 0 to 32 bits for IPv4, 0 to 128 for IPv6");
    }

    /** The address that the text is, or null; never a name that would be looked up. */
    public static @Nullable InetAddress address(String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = prefixBits / 8;
        if (Arrays.mismatch(bytes, 0, whole, network, 0, whole) >= 0) {
            return false;
        }
        int rest = prefixBits % 8;
        return rest == 0 || ((bytes[whole] ^ network[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CidrBlock that && prefixBits == that.prefixBits && Arrays.equals(network, that.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefixBits;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress().toLowerCase(Locale.ROOT) + "/" + prefixBits;
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
