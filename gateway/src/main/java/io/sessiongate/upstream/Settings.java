package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.sessiongate.config.EjectionConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import io.sessiongate.upstream.policy.EjectionRule;
import io.sessiongate.upstream.policy.RetryRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An upstream as it is configured at the moment, and its servers, in the form in which requests need them. Immutable: another
 * configuration, or other addresses of a name, make another one.
 */
final class Settings {

    final UpstreamConfig config;
    final Server[] servers;
    final @Nullable UpstreamSecurity security;
    final long connectNanos;
    final long waitNanos;
    final long idleNanos;
    final long answerNanos;
    final long slowStartNanos;
    final int maxInFlight;
    final boolean errorsFail;
    final EjectionRule ejection;
    final RetryRule retries;

    /**
     * An upstream as it is from now on.
     *
     * @param security null where no server speaks TLS
     */
    Settings(UpstreamConfig config, @Nullable UpstreamSecurity security, Server[] servers) {
        this.config = config;
        this.servers = servers;
        this.security = security;
        EjectionConfig out = config.spread().ejection();
        connectNanos = config.connectTimeout().toNanos();
        waitNanos = config.spread().waitTimeout() == null
                ? connectNanos
                : Math.min(connectNanos, config.spread().waitTimeout().toNanos());
        idleNanos = config.idleTimeout().toNanos();
        answerNanos = config.answerTimeout().toNanos();
        slowStartNanos = config.spread().slowStart().toNanos();
        maxInFlight = config.spread().maxInFlight();
        errorsFail = out.serverErrors();
        // Of a single server nothing would come of it but a line in the log that is not true.
        ejection = new EjectionRule(
                servers.length < 2 ? 0 : out.consecutiveFailures(),
                out.base().toNanos(),
                out.max().toNanos(),
                out.maxEjectedPercent());
        retries = new RetryRule(
                config.spread().retries().attempts(), config.spread().retries().budgetPercent());
    }

    /** Agrees on TLS with a server that was connected to; see {@link UpstreamSecurity#begin}. */
    Future<Channel> secure(Channel connection, ServerAddress.Tcp server, long boundMillis) {
        return Objects.requireNonNull(security, "no https server without a way to speak to it")
                .begin(connection, server, boundMillis);
    }

    boolean http2() {
        return config.protocol() == UpstreamProtocol.HTTP2;
    }

    /** Whether HTTP/2 is spoken on a connection that stands: over TLS that was agreed on. */
    boolean speaksHttp2(Channel connection) {
        Boolean agreed = UpstreamSecurity.agreedOnHttp2(connection);
        return agreed == null ? http2() : agreed;
    }

    /** Requests under way at all servers. */
    int inFlight() {
        int sum = 0;
        for (Server server : servers) {
            sum += server.inFlight().now();
        }
        return sum;
    }
}
