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
 * @param connectionsPerAddress those of one address, of IPv6 of its /64; trusted proxies have as many as they like
 * @param requestsPerConnection requests that one connection may carry
 * @param streamsPerConnection requests that one connection of HTTP/2 may carry at once; 0 means that HTTP/2 is not spoken
 * @param bufferedBytes what may wait in memory for clients, for upstreams, and to be understood; {@link #AUTO} means a share
 *     of the direct memory that the JVM allows
 */
public record LimitsConfig(
        int requestHeadBytes,
        int requestTargetBytes,
        int headerCount,
        long requestBodyBytes,
        int responseHeadBytes,
        int connections,
        int connectionsPerAddress,
        int requestsPerConnection,
        int streamsPerConnection,
        long bufferedBytes) {

    /** Of {@link #bufferedBytes}: to be derived from the memory there is. */
    public static final long AUTO = 0;

    /** What RFC 9113 section 6.5.2 calls the least that is of use, and most servers allow. */
    private static final int STANDARD_STREAMS = 100;

    /** These, with what only a start brings about of those that it was with. */
    LimitsConfig inGatewayOf(LimitsConfig start) {
        return new LimitsConfig(
                requestHeadBytes,
                requestTargetBytes,
                headerCount,
                requestBodyBytes,
                start.responseHeadBytes,
                connections,
                connectionsPerAddress,
                requestsPerConnection,
                streamsPerConnection,
                start.bufferedBytes);
    }

    /** Bounds on messages and on connections, and no others. */
    public LimitsConfig(
            int requestHeadBytes,
            int requestTargetBytes,
            int headerCount,
            long requestBodyBytes,
            int responseHeadBytes,
            int connections) {
        this(
                requestHeadBytes,
                requestTargetBytes,
                headerCount,
                requestBodyBytes,
                responseHeadBytes,
                connections,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                STANDARD_STREAMS,
                AUTO);
    }

    /** With as many streams as most servers allow. */
    public LimitsConfig(
            int requestHeadBytes,
            int requestTargetBytes,
            int headerCount,
            long requestBodyBytes,
            int responseHeadBytes,
            int connections,
            int connectionsPerAddress,
            int requestsPerConnection,
            long bufferedBytes) {
        this(
                requestHeadBytes,
                requestTargetBytes,
                headerCount,
                requestBodyBytes,
                responseHeadBytes,
                connections,
                connectionsPerAddress,
                requestsPerConnection,
                STANDARD_STREAMS,
                bufferedBytes);
    }
}
