package io.sessiongate.benchmarks.load;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * What is asked of a server.
 *
 * @param target where to connect
 * @param connections kept alive, each with at most one request under way
 * @param requests whole requests as bytes; connection {@code i} begins with the {@code i}-th and goes on in steps of
 *     the number of connections, so that with as many requests as connections each connection is one user
 * @param pace when a request is sent
 * @param deadline after which a request without an answer counts as timed out
 * @param again whether a request is sent once more, over a new connection, where a kept one ended before an octet of its
 *     answer came, as clients do (RFC 9112 section 9.3.1)
 */
public record LoadPlan(
        InetSocketAddress target, int connections, List<byte[]> requests, Pace pace, Duration deadline, boolean again) {

    /** Of which nothing is sent twice. */
    public LoadPlan(InetSocketAddress target, int connections, List<byte[]> requests, Pace pace, Duration deadline) {
        this(target, connections, requests, pace, deadline, false);
    }

    public LoadPlan {
        requests = List.copyOf(requests);
        if (connections < 1 || requests.isEmpty()) {
            throw new IllegalArgumentException("at least one connection and one request are needed");
        }
    }

    /** A GET request that keeps its connection and, unless {@code token} is empty, carries it as a bearer token. */
    public static byte[] get(InetSocketAddress target, String path, String token) {
        return getWith(target, path, token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n");
    }

    /** A GET request with these header lines, each with its CRLF, that keeps its connection. */
    public static byte[] getWith(InetSocketAddress target, String path, String lines) {
        String host = target.getHostString() + ":" + target.getPort();
        return ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + lines + "Accept: */*\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** When requests are sent. */
    public sealed interface Pace {

        /** Closed loop: each connection sends its next request when it has its answer, until so many were sent in all. */
        record Count(long total) implements Pace {}

        /** Closed loop: each connection sends its next request when it has its answer, for this long. */
        record During(Duration length) implements Pace {}

        /**
         * Open loop: each connection sends a request every {@code interval} for {@code length}, whatever the answers
         * do; the connections' first requests are spread evenly over one interval. A request that is due while the one
         * before it is unanswered goes out late and its latency counts from when it was due, so that a slow server
         * cannot slow down the questions it is asked (coordinated omission).
         */
        record Every(Duration interval, Duration length) implements Pace {}
    }
}
