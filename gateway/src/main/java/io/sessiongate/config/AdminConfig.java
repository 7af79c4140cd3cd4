package io.sessiongate.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where metrics, health and the JWKS are served: plain HTTP, meant for a private address.
 *
 * @param secret bearer secret of what changes something, or null where nothing can be changed there
 */
public record AdminConfig(
        InetSocketAddress address, @Nullable SecretBytes secret) {

    /** Without a secret. */
    public AdminConfig(InetSocketAddress address) {
        this(address, null);
    }
}
