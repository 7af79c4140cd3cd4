package io.sessiongate.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where clients connect. Port 0 takes a free one.
 *
 * @param tls how TLS is spoken; null where it is not
 * @param httpsPort where every request of a plain listener is sent on to; 0 where none is
 * @param hsts what browsers are told with every answer; null for nothing, and always null without TLS
 */
public record ListenerConfig(
        InetSocketAddress address,
        @Nullable TlsConfig tls,
        int httpsPort,
        @Nullable HstsConfig hsts) {

    /** A plain one. */
    public ListenerConfig(InetSocketAddress address) {
        this(address, null, 0, null);
    }

    /** One with TLS. */
    public ListenerConfig(InetSocketAddress address, TlsConfig tls) {
        this(address, tls, 0, null);
    }
}
