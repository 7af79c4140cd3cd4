package io.sessiongate.config;

/**
 * Bounds on what one client, and all of them, may take.
 *
 * @param requestHeadBytes request line and header fields together
 * @param requestTargetBytes the request target alone
 * @param headerCount header field lines of a request
 * @param requestBodyBytes body of a request; {@link Long#MAX_VALUE} means no bound
 * @param responseHeadBytes status line and header fields of an upstream's response
 * @param connections client connections open at once, on all listeners together
 */
public record LimitsConfig(
        int requestHeadBytes,
        int requestTargetBytes,
        int headerCount,
        long requestBodyBytes,
        int responseHeadBytes,
        int connections) {}
