package io.sessiongate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, valid once built: names are resolved (every route's upstream exists, and so does the realm of
 * every route that is not public, and every limit that a route names), defaults are filled in, files are read. Immutable.
 *
 * @param mode whether what may not pass is refused
 * @param transport which of Netty's transports carries the traffic
 * @param eventLoops threads that carry traffic; 0 means one a processor
 * @param trustedProxies peers whose {@code X-Forwarded-*} fields are believed, as CIDR blocks; empty means nobody's
 * @param tracing where spans go, or null where nothing is traced
 * @param drain how long a stop waits for requests in flight
 * @param reload when it is loaded again by itself
 * @param handOver the Unix-domain socket by which a gateway lets another take its place; null where it does not
 */
public record GatewayConfig(
        Mode mode,
        List<ListenerConfig> listeners,
        AdminConfig admin,
        Map<String, RealmConfig> realms,
        Map<String, UpstreamConfig> upstreams,
        Map<String, RateLimitConfig> rateLimits,
        List<RouteConfig> routes,
        LimitsConfig limits,
        TimeoutsConfig timeouts,
        List<CidrBlock> trustedProxies,
        LogConfig log,
        @Nullable TracingConfig tracing,
        TransportKind transport,
        int eventLoops,
        Duration drain,
        ReloadConfig reload,
        @Nullable Path handOver) {

    public GatewayConfig {
        listeners = List.copyOf(listeners);
        realms = Map.copyOf(realms);
        upstreams = Map.copyOf(upstreams);
        rateLimits = Map.copyOf(rateLimits);
        routes = List.copyOf(routes);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /** What is in force once a gateway that was started with another one has loaded it: what only a start brings about is of that. */
    public GatewayConfig inGatewayOf(GatewayConfig start) {
        return new GatewayConfig(
                mode,
                start.listeners,
                new AdminConfig(start.admin.address(), admin.secret(), admin.hosts()),
                realms,
                upstreams,
                rateLimits,
                routes,
                limits.inGatewayOf(start.limits),
                timeouts.inGatewayOf(start.timeouts),
                trustedProxies,
                new LogConfig(start.log.format(), log.access()),
                start.tracing,
                start.transport,
                start.eventLoops,
                drain,
                reload,
                start.handOver);
    }

    /** Headers in which applications are told of clients' certificates, by any listener. */
    public Set<String> certificateHeaders() {
        Set<String> headers = new TreeSet<>();
        for (ListenerConfig listener : listeners) {
            TlsConfig tls = listener.tls();
            String header = tls == null ? null : tls.clientCertificates().header();
            if (header != null) {
                headers.add(header);
            }
        }
        return headers;
    }

    /** Loaded again as a file has it that says nothing of that, without limits on rates, and nothing traced. */
    public GatewayConfig(
            Mode mode,
            List<ListenerConfig> listeners,
            AdminConfig admin,
            Map<String, RealmConfig> realms,
            Map<String, UpstreamConfig> upstreams,
            List<RouteConfig> routes,
            LimitsConfig limits,
            TimeoutsConfig timeouts,
            List<CidrBlock> trustedProxies,
            LogConfig log,
            TransportKind transport,
            int eventLoops,
            Duration drain) {
        this(
                mode,
                listeners,
                admin,
                realms,
                upstreams,
                Map.of(),
                routes,
                limits,
                timeouts,
                trustedProxies,
                log,
                null,
                transport,
                eventLoops,
                drain,
                ReloadConfig.DEFAULT,
                null);
    }
}
