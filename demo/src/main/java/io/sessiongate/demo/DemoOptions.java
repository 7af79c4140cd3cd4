package io.sessiongate.demo;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the dashboard application runs.
 *
 * @param address where it listens; port 0 takes a free one
 * @param databaseUrl {@code postgresql://user:password@host:port/database}
 * @param poolSize connections open at once, for all it asks the database
 * @param poolTimeout longest wait for one of them
 * @param sessionQueryDelay what each session query sleeps on the server, to play a slow database; zero is none
 * @param gatewayMetrics address of the gateway's {@code /metrics}, or null when there is no gateway to ask
 * @param revalidateAfter how long a revoked session may live on at the gateway; shown on the page
 */
public record DemoOptions(
        InetSocketAddress address,
        Validation validation,
        String databaseUrl,
        int poolSize,
        Duration poolTimeout,
        Duration sessionQueryDelay,
        SessionTokens tokens,
        @Nullable URI gatewayMetrics,
        Duration revalidateAfter) {

    public DemoOptions {
        Objects.requireNonNull(address, "address");
        if (poolSize < 1 || poolTimeout.toMillis() < 250 || sessionQueryDelay.isNegative()) {
            throw new IllegalArgumentException("a pool has a connection, waits 250 ms or longer, and delays not less");
        }
    }

    /** On a free port of the loopback address with the pool of the original report: 20 connections, 20 s to wait. */
    public static DemoOptions of(Validation validation, String databaseUrl, SessionTokens tokens) {
        return new DemoOptions(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                validation,
                databaseUrl,
                20,
                Duration.ofSeconds(20),
                Duration.ZERO,
                tokens,
                null,
                Duration.ofSeconds(60));
    }

    public DemoOptions withAddress(InetSocketAddress listen) {
        return new DemoOptions(
                listen,
                validation,
                databaseUrl,
                poolSize,
                poolTimeout,
                sessionQueryDelay,
                tokens,
                gatewayMetrics,
                revalidateAfter);
    }

    public DemoOptions withPool(int size, Duration timeout) {
        return new DemoOptions(
                address,
                validation,
                databaseUrl,
                size,
                timeout,
                sessionQueryDelay,
                tokens,
                gatewayMetrics,
                revalidateAfter);
    }

    public DemoOptions withSessionQueryDelay(Duration delay) {
        return new DemoOptions(
                address,
                validation,
                databaseUrl,
                poolSize,
                poolTimeout,
                delay,
                tokens,
                gatewayMetrics,
                revalidateAfter);
    }

    public DemoOptions withGateway(URI metrics, Duration interval) {
        return new DemoOptions(
                address, validation, databaseUrl, poolSize, poolTimeout, sessionQueryDelay, tokens, metrics, interval);
    }

    /** Without the database's URL, which holds a password. */
    @Override
    public String toString() {
        return "DemoOptions[" + address + ", " + validation + ", pool " + poolSize + "/" + poolTimeout + "]";
    }
}
