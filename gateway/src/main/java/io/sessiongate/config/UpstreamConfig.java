package io.sessiongate.config;

import java.time.Duration;
import java.util.List;

/**
 * A group of servers that run the same application, reached by plain HTTP/1.1.
 *
 * @param servers taken in turn
 * @param maxConnections open at once to all servers of this upstream from this gateway, upgraded ones included
 * @param maxWaiting requests that may wait for one of them; the next is refused as busy
 * @param connectTimeout from the wish for a connection to its being usable, the wait for a free one included
 * @param answerTimeout from the end of the request to the response's head
 * @param idleTimeout how long an unused connection is kept; shorter than the server's own (Node closes after 5 s)
 */
public record UpstreamConfig(
        String name,
        List<ServerAddress> servers,
        int maxConnections,
        int maxWaiting,
        Duration connectTimeout,
        Duration answerTimeout,
        Duration idleTimeout) {
    public UpstreamConfig {
        servers = List.copyOf(servers);
    }
}
