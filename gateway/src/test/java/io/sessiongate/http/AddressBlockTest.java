package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AddressBlockTest {

    @Test
    void takesAddressesOfOneIpv6NetworkForOneClient() throws UnknownHostException {
        assertThat(block("2001:db8:0:1::1")).isEqualTo(block("2001:db8:0:1:ffff::9"));
        assertThat(block("2001:db8:0:1::1")).isNotEqualTo(block("2001:db8:0:2::1"));
    }

    @Test
    void takesEveryIpv4AddressForAClientOfItsOwn() throws UnknownHostException {
        assertThat(block("192.0.2.1")).isEqualTo(block("192.0.2.1")).isNotEqualTo(block("192.0.2.2"));
    }

    @Test
    void knowsAnIpv4AddressInTheClothesOfIpv6() throws UnknownHostException {
        assertThat(mapped(1)).isEqualTo(block("192.0.2.1")).isNotEqualTo(mapped(2));
    }

    @Test
    void neverTakesAnIpv6NetworkForAnIpv4Address() throws UnknownHostException {
        assertThat(block("::c000:201:0:0:0:0")).isNotEqualTo(block("192.0.2.1"));
        assertThat(block("::1")).isNotEqualTo(block("0.0.0.0"));
    }

    @Test
    void namesNobody() throws UnknownHostException {
        assertThat(block("192.0.2.1")).hasToString("AddressBlock");
    }

    /** As the kernel gives it, which the JDK would turn into an {@code Inet4Address}. */
    private static AddressBlock mapped(int last) throws UnknownHostException {
        byte[] bytes = new byte[16];
        bytes[10] = bytes[11] = (byte) 0xff;
        bytes[12] = (byte) 192;
        bytes[14] = 2;
        bytes[15] = (byte) last;
        return AddressBlock.of(Inet6Address.getByAddress(null, bytes, -1));
    }

    private static AddressBlock block(String address) throws UnknownHostException {
        return AddressBlock.of(InetAddress.getByName(address));
    }
}
