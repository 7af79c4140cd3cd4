package io.sessiongate.config;

import org.jspecify.annotations.Nullable;

/**
 * How a revocation gets here before the next check.
 *
 * @param channel PostgreSQL channel that is listened to, or null for none
 * @param listenOn where, if not on the session database itself
 * @param header response header by which the application announces one, or null for none
 */
public record RevocationConfig(
        @Nullable String channel,
        @Nullable DatabaseConfig listenOn,
        @Nullable String header) {

    /** Nobody listens, and the header has its default name. */
    public static final RevocationConfig DEFAULT = new RevocationConfig(null, null, "X-Sessiongate-Revoke");
}
