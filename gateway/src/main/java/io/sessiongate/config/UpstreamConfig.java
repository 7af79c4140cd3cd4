package io.sessiongate.config;

import java.time.Duration;
import java.util.List;

/**
 * A group of servers that run the same application, reached plain or over TLS.
 *
 * @param servers given once each
 * @param maxConnections open at once to all servers of this upstream from this gateway, upgraded ones included
 * @param maxWaiting requests that may wait for one of them; the next is refused as busy
 * @param connectTimeout from the wish for a connection to its being usable, the wait for a free one included
 * @param answerTimeout from the end of the request to the response's head
 * @param idleTimeout how long an unused connection is kept; shorter than the server's own (Node closes after 5 s)
 * @param tls how its https servers are spoken to
 * @param uploadShare per cent of the connections that requests whose body is still on its way may hold at once
 * @param spread how requests are spread over the servers
 * @param protocol what is spoken to them
 */
public record UpstreamConfig(
        String name,
        List<ServerAddress> servers,
        int maxConnections,
        int maxWaiting,
        Duration connectTimeout,
        Duration answerTimeout,
        Duration idleTimeout,
        int uploadShare,
        UpstreamTls tls,
        ServersConfig spread,
        UpstreamProtocol protocol) {

    /** What may be held by requests of which more is to come, where a file says nothing of it. */
    static final int STANDARD_UPLOAD_SHARE = 50;

    public UpstreamConfig {
        servers = List.copyOf(servers);
    }

    /** With what a file which says nothing of it has. */
    public UpstreamConfig(
            String name,
            List<ServerAddress> servers,
            int maxConnections,
            int maxWaiting,
            Duration connectTimeout,
            Duration answerTimeout,
            Duration idleTimeout) {
        this(
                name,
                servers,
                maxConnections,
                maxWaiting,
                connectTimeout,
                answerTimeout,
                idleTimeout,
                STANDARD_UPLOAD_SHARE,
                UpstreamTls.STANDARD,
                ServersConfig.STANDARD,
                UpstreamProtocol.HTTP1);
    }

    /** One that speaks HTTP/1.1. */
    public UpstreamConfig(
            String name,
            List<ServerAddress> servers,
            int maxConnections,
            int maxWaiting,
            Duration connectTimeout,
            Duration answerTimeout,
            Duration idleTimeout,
            int uploadShare,
            UpstreamTls tls,
            ServersConfig spread) {
        this(
                name,
                servers,
                maxConnections,
                maxWaiting,
                connectTimeout,
                answerTimeout,
                idleTimeout,
                uploadShare,
                tls,
                spread,
                UpstreamProtocol.HTTP1);
    }

    /** The same by another protocol. */
    public UpstreamConfig withProtocol(UpstreamProtocol other) {
        return new UpstreamConfig(
                name,
                servers,
                maxConnections,
                maxWaiting,
                connectTimeout,
                answerTimeout,
                idleTimeout,
                uploadShare,
                tls,
                spread,
                other);
    }

    /** The same with other servers. */
    public UpstreamConfig withServers(List<ServerAddress> others) {
        return new UpstreamConfig(
                name,
                others,
                maxConnections,
                maxWaiting,
                connectTimeout,
                answerTimeout,
                idleTimeout,
                uploadShare,
                tls,
                spread,
                protocol);
    }

    /** The same with requests spread otherwise. */
    public UpstreamConfig withSpread(ServersConfig other) {
        return new UpstreamConfig(
                name,
                servers,
                maxConnections,
                maxWaiting,
                connectTimeout,
                answerTimeout,
                idleTimeout,
                uploadShare,
                tls,
                other,
                protocol);
    }

    /** Requests whose body is still on its way that may hold a connection at once: at least one. */
    public int maxUploads() {
        return (int) Math.max(1, (long) maxConnections * uploadShare / 100);
    }
}
