package io.sessiongate.listener;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.AdminConfig;
import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.LogConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.ServersConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.TransportKind;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.TlsMeters;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.upstream.Upstreams;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The wire of the gateway on a free port of loopback, in front of hand-written servers, with a {@link RecordingFlow}. */
final class GatewayFixture implements AutoCloseable {

    static final LimitsConfig LIMITS = new LimitsConfig(32 * 1024, 8 * 1024, 100, Long.MAX_VALUE, 128 * 1024, 1000);
    static final TimeoutsConfig TIMEOUTS = new TimeoutsConfig(
            Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(20));

    final RecordingFlow flow = new RecordingFlow();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final ProxyServer server;
    final InetSocketAddress address;
    private final GatewayConfig config;
    final List<InetSocketAddress> addresses;
    private final Transport transport;
    final Upstreams upstreams;
    final UpstreamConfig app;

    /** What a test may want otherwise. */
    static final class Builder {
        LimitsConfig limits = LIMITS;
        TimeoutsConfig timeouts = TIMEOUTS;
        TransportKind transport = TransportKind.AUTO;
        List<CidrBlock> trustedProxies = List.of();
        int port;
        List<ListenerConfig> listeners = List.of();
        UpstreamTls upstreamTls = UpstreamTls.STANDARD;
        int loops = 2;
        int maxConnections = 64;
        int maxWaiting = 64;
        Duration connect = Duration.ofSeconds(5);
        Duration answer = Duration.ofSeconds(10);
        Duration idle = Duration.ofSeconds(30);
        ServersConfig spread = ServersConfig.STANDARD;

        Builder spread(ServersConfig spread) {
            this.spread = spread;
            return this;
        }

        Builder limits(LimitsConfig limits) {
            this.limits = limits;
            return this;
        }

        Builder timeouts(Duration head, Duration idle, Duration body, Duration stream) {
            this.timeouts = new TimeoutsConfig(head, idle, body, stream);
            return this;
        }

        Builder timeouts(TimeoutsConfig timeouts) {
            this.timeouts = timeouts;
            return this;
        }

        Builder trusting(String proxies) {
            this.trustedProxies = List.of(CidrBlock.parse(proxies));
            return this;
        }

        Builder transport(TransportKind transport) {
            this.transport = transport;
            return this;
        }

        /** In place of the one plain listener. */
        Builder listeners(ListenerConfig... configs) {
            this.listeners = List.of(configs);
            return this;
        }

        Builder tls(TlsConfig tls) {
            return listeners(new ListenerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls));
        }

        Builder upstreamTls(UpstreamTls tls) {
            this.upstreamTls = tls;
            return this;
        }

        Builder loops(int loops) {
            this.loops = loops;
            return this;
        }

        Builder pool(int maxConnections, int maxWaiting) {
            this.maxConnections = maxConnections;
            this.maxWaiting = maxWaiting;
            return this;
        }

        Builder connect(Duration connect) {
            this.connect = connect;
            return this;
        }

        Builder answer(Duration answer) {
            this.answer = answer;
            return this;
        }

        Builder upstreamIdle(Duration idle) {
            this.idle = idle;
            return this;
        }

        GatewayFixture before(RawUpstream... servers) {
            return before(List.of(servers).stream().map(RawUpstream::address).toList());
        }

        GatewayFixture before(List<InetSocketAddress> servers) {
            return new GatewayFixture(
                    this,
                    servers.stream().<ServerAddress>map(ServerAddress.Tcp::new).toList());
        }

        GatewayFixture beforeAny(ServerAddress... servers) {
            return new GatewayFixture(this, List.of(servers));
        }
    }

    static Builder gateway() {
        return new Builder();
    }

    /** One more on the same address, which cannot be. */
    GatewayFixture another(RawUpstream app) {
        Builder options = gateway();
        options.port = address.getPort();
        return options.before(app);
    }

    private GatewayFixture(Builder options, List<ServerAddress> servers) {
        app = new UpstreamConfig(
                "app",
                servers,
                options.maxConnections,
                options.maxWaiting,
                options.connect,
                options.answer,
                options.idle,
                50,
                options.upstreamTls,
                options.spread);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port);
        config = config(options, any, app);
        transport = Transport.of(options.transport.name(), options.loops);
        upstreams = new Upstreams(
                config.upstreams(),
                transport,
                options.limits.responseHeadBytes(),
                new UpstreamMeters(registry),
                System::nanoTime);
        server = new ProxyServer(
                config,
                flow,
                upstreams,
                new ConnectionMeters(registry, options.limits),
                new StreamMeters(registry),
                new TlsMeters(registry),
                transport,
                name -> name.toString().equalsIgnoreCase("x-checksum"),
                InstantSource.system(),
                System::nanoTime);
        addresses = server.start();
        address = addresses.get(0);
    }

    private static GatewayConfig config(Builder options, InetSocketAddress any, UpstreamConfig app) {
        return new GatewayConfig(
                io.sessiongate.config.Mode.ENFORCE,
                options.listeners.isEmpty() ? List.of(new ListenerConfig(any)) : options.listeners,
                new AdminConfig(any),
                Map.of(),
                Map.of("app", app),
                List.of(),
                options.limits,
                options.timeouts,
                options.trustedProxies,
                new LogConfig(LogConfig.Format.TEXT, false),
                options.transport,
                options.loops,
                Duration.ofSeconds(5));
    }

    /** Has what begins from now on dealt with by that flow, within these limits; the upstream stays. */
    void use(RecordingFlow next, Builder options) {
        server.use(
                config(
                        options,
                        config.listeners().get(0).address(),
                        Objects.requireNonNull(config.upstreams().get("app"))),
                next,
                name -> false);
    }

    /** Goes on with these servers in place of those before. */
    void goOnWith(RawUpstream... servers) {
        upstreams.replace(Map.of("app", app.withServers(addresses(servers))));
    }

    static List<ServerAddress> addresses(RawUpstream... servers) {
        return List.of(servers).stream()
                .<ServerAddress>map(server -> new ServerAddress.Tcp(server.address()))
                .toList();
    }

    RawPeer client() {
        return RawPeer.connect(address);
    }

    double count(String meter) {
        return registry.find(meter).counters().stream()
                .mapToDouble(c -> c.count())
                .sum();
    }

    double gauge(String meter) {
        return registry.get(meter).gauge().value();
    }

    @Override
    public void close() {
        try {
            server.drain(Duration.ZERO).toCompletableFuture().get(10, TimeUnit.SECONDS);
            upstreams.close();
            transport.close(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
