package io.sessiongate.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where clients connect. Port 0 takes a free one.
 *
 * @param tls how TLS is spoken; null where it is not
 * @param httpsPort where every request of a plain listener is sent on to; 0 where none is
 * @param proxyProtocol whether every connection begins with a header that says whose it is, and only trusted proxies may connect
 * @param hsts what browsers are told with every answer; null for nothing, and always null without TLS
 */
public record ListenerConfig(
        InetSocketAddress address,
        @Nullable TlsConfig tls,
        int httpsPort,
        @Nullable HstsConfig hsts,
        boolean proxyProtocol) {

    /** A plain one. */
    public ListenerConfig(InetSocketAddress address) {
        this(address, null, 0, null, false);
    }

    /** One with TLS. */
    public ListenerConfig(InetSocketAddress address, TlsConfig tls) {
        this(address, tls, 0, null, false);
    }

    /** One without the PROXY protocol. */
    public ListenerConfig(
            InetSocketAddress address, @Nullable TlsConfig tls, int httpsPort, @Nullable HstsConfig hsts) {
        this(address, tls, httpsPort, hsts, false);
    }

    /** The same with the PROXY protocol. */
    public ListenerConfig behindProxies() {
        return new ListenerConfig(address, tls, httpsPort, hsts, true);
    }
}
