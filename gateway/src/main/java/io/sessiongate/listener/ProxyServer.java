package io.sessiongate.listener;

import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.Mode;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.flow.Flow;
import io.sessiongate.http.BufferedBytes;
import io.sessiongate.http.PassedSockets;
import io.sessiongate.http.Transport;
import io.sessiongate.listener.tls.CertificateWatch;
import io.sessiongate.listener.tls.ServerTls;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.TlsMeters;
import io.sessiongate.session.RevocationWatcher;
import io.sessiongate.upstream.Upstreams;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients on every configured address and takes their requests through the {@link Flow} to the upstreams.
 * Started and stopped from any one thread.
 */
public final class ProxyServer {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    private final GatewayConfig config;
    private final Transport transport;
    private final OpenConnections connections;
    private final Upstreams upstreams;
    private final CurrentWiring current;
    private final LoopLoads loads;
    private final Listening listening;

    /** A reception for each listener, in the order configured. */
    private final List<Reception> receptions = new ArrayList<>();

    /** Each looks at files of certificates. One may come while others are run. */
    private final List<Runnable> looks = new CopyOnWriteArrayList<>();

    /** Set by whoever starts or changes the server; closed by whoever stops it. */
    private volatile @Nullable CertificateWatch watch;

    /**
     * Prepares the server; binds nothing.
     *
     * @param requestTrailers names of request trailer fields that may be passed on; those that RFC 9110 section 6.5.1
     *     forbids are dropped all the same
     */
    public ProxyServer(
            GatewayConfig config,
            Flow flow,
            Upstreams upstreams,
            ConnectionMeters meters,
            StreamMeters streamMeters,
            TlsMeters tlsMeters,
            Transport transport,
            Predicate<? super CharSequence> requestTrailers,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.config = config;
        this.transport = transport;
        ConnectionsByAddress byAddress =
                new ConnectionsByAddress(config.limits().connectionsPerAddress(), config.trustedProxies());
        meters.watchClients(byAddress::clients, byAddress::most);
        this.connections = new OpenConnections(config.limits().connections(), byAddress);
        BufferedBytes buffered = buffered(config, transport, nanoTime);
        meters.watchBuffered(buffered::now, buffered.limit());
        meters.watchReads(transport::readBytes);
        this.loads = new LoopLoads(transport.loops());
        this.listening = new Listening(transport, loads);
        Streams streams = new Streams(
                transport.loops(),
                mostRequests(config.limits()),
                shortestInterval(config),
                config.mode() == Mode.ENFORCE,
                clock,
                streamMeters);
        this.upstreams = upstreams;
        this.current = new CurrentWiring(new Wiring(
                flow,
                upstreams,
                config.limits(),
                config.timeouts(),
                new HeadRules(config.limits()),
                requestTrailers,
                connections,
                streams,
                buffered,
                meters,
                transport,
                nanoTime));
        looks.addAll(upstreams.certificateLooks());
        for (ListenerConfig listener : config.listeners()) {
            receptions.add(new Reception(current, listener, secured(listener, tlsMeters, nanoTime)));
        }
    }

    private @Nullable ServerTls secured(ListenerConfig listener, TlsMeters meters, LongSupplier nanoTime) {
        TlsConfig config = listener.tls();
        if (config == null) {
            return null;
        }
        String name =
                listener.address().getHostString() + ":" + listener.address().getPort();
        ServerTls secured = new ServerTls(
                config,
                () -> Reception.offered(current.now().limits()),
                meters.listener(name, config.maxHandshakes()),
                nanoTime);
        LOG.atInfo()
                .addKeyValue("listener", name)
                .addKeyValue("provider", secured.provider())
                .log("TLS is spoken");
        looks.add(secured::look);
        return secured;
    }

    /** Takes over certificates whose files have changed, as is done every few seconds anyway. Blocks on the disk; from any thread. */
    public void rereadCertificates() {
        looks.forEach(Runnable::run);
    }

    /**
     * Takes requests through another flow, within other limits and timeouts, from now on; those under way go on as they began. What a
     * server is made with once, its addresses and the memory that may wait, stays. From any one thread.
     *
     * @param requestTrailers as in the constructor
     */
    public void use(GatewayConfig next, Flow flow, Predicate<? super CharSequence> requestTrailers) {
        Wiring now = current.now();
        connections.rules(next.limits(), next.trustedProxies());
        now.streams().rules(mostRequests(next.limits()), shortestInterval(next), next.mode() == Mode.ENFORCE);
        now.meters().limits(next.limits());
        current.become(new Wiring(
                flow,
                upstreams,
                next.limits(),
                next.timeouts(),
                new HeadRules(next.limits()),
                requestTrailers,
                connections,
                now.streams(),
                now.buffered(),
                now.meters(),
                transport,
                now.nanoTime()));
        if (watch == null) {
            // The first upstream that speaks TLS may have come.
            looks.addAll(upstreams.certificateLooks());
            lookAfterCertificates();
        }
    }

    private void lookAfterCertificates() {
        if (!looks.isEmpty()) {
            watch = CertificateWatch.of(looks);
        }
    }

    /** Requests that may be under way at once. */
    private static int mostRequests(LimitsConfig limits) {
        return (int)
                Math.min((long) limits.connections() * Math.max(1, limits.streamsPerConnection()), Integer.MAX_VALUE);
    }

    private static BufferedBytes buffered(GatewayConfig config, Transport transport, LongSupplier nanoTime) {
        long configured = config.limits().bufferedBytes();
        if (configured > 2 * BufferedBytes.limitByMemory()) {
            LOG.atWarn()
                    .addKeyValue("configured", configured)
                    .addKeyValue("direct_memory", 2 * BufferedBytes.limitByMemory())
                    .log("limits.buffered-bytes is more than the JVM allows: memory will end before it does");
        }
        return new BufferedBytes(
                configured == LimitsConfig.AUTO ? BufferedBytes.limitByMemory() : configured,
                transport.loops(),
                transport.writesLater(),
                config.timeouts().unreadAnswer(),
                nanoTime);
    }

    /** How soon a lost revocation has to be found, by the most impatient realm; zero where there is none. */
    private static Duration shortestInterval(GatewayConfig config) {
        return config.realms().values().stream()
                .map(realm -> realm.session().check().revalidateAfter())
                .filter(interval -> !interval.isZero())
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** Who is to be told of that realm's revocations, so that what is open of them ends as well. */
    public RevocationWatcher revocations(String realm) {
        return current.now().streams().watcher(realm);
    }

    /**
     * Binds every address; blocks until done.
     *
     * @return the addresses bound, in the order configured
     * @throws IllegalStateException where an address cannot be bound, naming it; nothing stays bound then
     */
    public List<InetSocketAddress> start() {
        return start(PassedSockets.none());
    }

    /** The same, but listens with what listens on an address already, where there is such a socket. */
    public List<InetSocketAddress> start(PassedSockets passed) {
        List<InetSocketAddress> bound = new ArrayList<>();
        for (int i = 0; i < config.listeners().size(); i++) {
            ListenerConfig listener = config.listeners().get(i);
            InetSocketAddress address = resolved(listener.address());
            try {
                List<ServerSocketChannel> here = passed.claim(address);
                bound.add(
                        here.isEmpty()
                                ? listening.bind(address, receptions.get(i))
                                : listening.adopt(here, receptions.get(i)));
            } catch (IllegalStateException e) {
                listening.close();
                throw new IllegalStateException(
                        "cannot listen on " + listener.address().getHostString() + ":" + address.getPort() + ": "
                                + e.getMessage(),
                        e.getCause());
            }
        }
        lookAfterCertificates();
        return bound;
    }

    /** At start-up only, where blocking is allowed. */
    private static InetSocketAddress resolved(InetSocketAddress address) {
        return address.isUnresolved() ? new InetSocketAddress(address.getHostString(), address.getPort()) : address;
    }

    /** The sockets that listen, to be passed on; with epoll only. Once started, from any thread, and empty after a drain. */
    public List<FileDescriptor> listeningSockets() {
        return listening.descriptors();
    }

    /** Client connections of each loop, in the transport's order. */
    List<Integer> loads() {
        return loads.open();
    }

    /**
     * Stops accepting at once, closes unused connections, lets requests in flight finish (their answers say
     * {@code Connection: close}) and closes what is left after the bound. Completes when no connection is left.
     */
    public CompletionStage<Void> drain(Duration bound) {
        listening.close();
        CertificateWatch running = watch;
        if (running != null) {
            running.close();
        }
        CompletableFuture<Void> drained = connections.drain().toCompletableFuture();
        var timer = transport
                .acceptor()
                .schedule(connections::closeAll, Math.max(0, bound.toMillis()), TimeUnit.MILLISECONDS);
        return drained.whenComplete((done, failure) -> timer.cancel(false));
    }
}
