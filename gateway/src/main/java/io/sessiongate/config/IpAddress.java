package io.sessiongate.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Literal IP addresses; never resolves a name. */
final class IpAddress {

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern V4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    private IpAddress() {}

    /** Throws {@link IllegalArgumentException} with a sentence when the text is not an address. */
    static InetAddress parse(String text) {
        // Only a text that cannot be a name may reach the JDK, which would ask the DNS for it.
        if (V4.matcher(text).matches() || V6.matcher(text).matches()) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("not an IP address", e);
            }
        }
        throw new IllegalArgumentException("not an IP address");
    }
}
