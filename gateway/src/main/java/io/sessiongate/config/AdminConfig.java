package io.sessiongate.config;

import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the status page, metrics, health and the JWKS are served: plain HTTP, meant for a private address.
 *
 * @param secret bearer secret of what changes something, or null where nothing can be changed there
 * @param hosts names, in lower case and without a port, by which the status page may be asked for beside IP addresses and
 *     {@code localhost}
 */
public record AdminConfig(
        InetSocketAddress address, @Nullable SecretBytes secret, Set<String> hosts) {

    public AdminConfig {
        hosts = Set.copyOf(hosts);
    }

    /** Without a secret and without names. */
    public AdminConfig(InetSocketAddress address) {
        this(address, null, Set.of());
    }
}
