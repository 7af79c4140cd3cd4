package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.app.status.ServerStates;
import io.sessiongate.app.status.StatusReport;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.Mode;
import io.sessiongate.flow.ForwardingFields;
import io.sessiongate.flow.Observation;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.RecentRefusals;
import io.sessiongate.flow.RequestFlow;
import io.sessiongate.flow.RequestIds;
import io.sessiongate.flow.RequestRecord;
import io.sessiongate.http.Transport;
import io.sessiongate.listener.ProxyServer;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.ObserveMeters;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.TlsMeters;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.route.Router;
import io.sessiongate.session.PostgresSessions;
import io.sessiongate.token.CryptoPool;
import io.sessiongate.token.KeyThreads;
import io.sessiongate.upstream.Upstreams;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway: the composition root. Makes every part once, in the order the house is built, and stops them in the
 * opposite order. All parts live from {@link #start} to {@link #stop}. Those that a realm has for itself are made by {@link
 * Realms}.
 */
public final class Gateway {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

    private final GatewayConfig config;
    private final ProxyServer server;
    private final List<InetSocketAddress> addresses;
    private final AdminServer admin;
    private final Health health;
    private final Deque<Runnable> closers;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Gateway(
            GatewayConfig config,
            ProxyServer server,
            List<InetSocketAddress> addresses,
            AdminServer admin,
            Health health,
            Deque<Runnable> closers) {
        this.config = config;
        this.server = server;
        this.addresses = List.copyOf(addresses);
        this.admin = admin;
        this.health = health;
        this.closers = closers;
    }

    /**
     * Starts everything; when this returns, clients are served. The database need not be there.
     *
     * @throws IllegalStateException where it cannot start, with a sentence for the user; nothing is left running then
     */
    public static Gateway start(GatewayConfig config) {
        return start(config, Ahead.begin());
    }

    /** The same with what was begun while the configuration was read. */
    public static Gateway start(GatewayConfig config, Ahead ahead) {
        Deque<Runnable> closers = new ArrayDeque<>();
        try {
            return start(config, ahead, closers);
        } catch (RuntimeException | Error e) {
            // An Error too (a native library that does not load): its threads would keep the process half alive.
            close(closers);
            throw e;
        }
    }

    /** Closes every part, whatever one of them says to it. */
    private static void close(Deque<Runnable> closers) {
        for (Runnable closer : closers) {
            try {
                closer.run();
            } catch (RuntimeException e) {
                LOG.warn("A part could not be closed", e);
            }
        }
    }

    private static Gateway start(GatewayConfig config, Ahead ahead, Deque<Runnable> closers) {
        long begunNanos = System.nanoTime();
        LongSupplier nanoTime = System::nanoTime;
        InstantSource clock = InstantSource.system();
        Telemetry telemetry = ahead.telemetry();
        closers.push(telemetry::close);
        MeterRegistry registry = telemetry.registry();

        CryptoPool crypto = new CryptoPool(new CryptoMeters(registry));
        closers.push(crypto::close);
        KeyThreads keyThreads = new KeyThreads();
        closers.push(keyThreads::close);
        PostgresSessions sessions = ahead.sessions();
        closers.push(sessions::close);
        Map<String, Realm> realms = new Realms(crypto, keyThreads, sessions, clock, nanoTime, registry).of(config);
        // The longest part of what is left, beside the others; no client comes before it is done.
        CompletableFuture<Void> warm = CompletableFuture.runAsync(
                () -> realms.values().forEach(realm -> realm.tokens().warmUp()), task -> {
                    if (!crypto.tryExecute(task)) {
                        task.run();
                    }
                });

        Set<String> ours = new HashSet<>();
        config.realms().values().forEach(realm -> {
            ours.addAll(realm.identity().headerNames());
            // An application that sends back what it was sent must not be made to sign somebody out.
            String header = realm.session().revocations().header();
            if (header != null) {
                ours.add(header);
            }
        });
        ours.addAll(config.certificateHeaders());
        boolean rulesByMethod =
                config.routes().stream().anyMatch(route -> !route.methods().isEmpty());
        ForwardingFields forwarding = new ForwardingFields(ours, rulesByMethod, config.trustedProxies());
        ObserveMeters observed = config.mode() == Mode.OBSERVE ? new ObserveMeters(registry) : null;
        RecentRefusals refusals = new RecentRefusals(clock);
        RequestFlow flow = new RequestFlow(
                new RequestIds(),
                new Router(config.routes()),
                forwarding,
                realms,
                new RequestRecord(
                        new RequestMeters(registry, config.routes()),
                        config.log().access(),
                        nanoTime,
                        refusals),
                nanoTime,
                observed == null
                        ? null
                        : new Observation(observed, config.upstreams().keySet()));

        Transport transport = Transport.of(config.transport().name(), config.eventLoops());
        closers.push(() -> transport.close(CLOSE_BOUND));
        Upstreams upstreams = new Upstreams(
                config.upstreams(),
                transport,
                config.limits().responseHeadBytes(),
                new UpstreamMeters(registry),
                nanoTime);
        closers.push(upstreams::close);
        ProxyServer server = new ProxyServer(
                config,
                flow,
                upstreams,
                new ConnectionMeters(registry, config.limits()),
                new StreamMeters(registry),
                new TlsMeters(registry),
                transport,
                name -> !forwarding.forbiddenInTrailers(name),
                clock,
                nanoTime);
        realms.values().forEach(realm -> realm.sessions().watch(server.revocations(realm.name())));
        Health health = new Health(realms);
        AdminServer admin = AdminServer.start(
                config.admin().address(),
                AdminPages.of(health, telemetry, realms),
                AdminPages.actions(config.admin(), realms, nanoTime),
                AdminPages.forBrowsers(
                        config.admin(),
                        new StatusReport(new StatusReport.Sources(
                                () -> config,
                                registry,
                                refusals,
                                ServerStates.configured(config),
                                health::status,
                                transport.name(),
                                clock,
                                nanoTime))));
        closers.push(admin::stop);
        if (observed != null) {
            closers.push(observe(observed, transport));
        }
        Ahead.made(warm);
        List<InetSocketAddress> addresses = server.start();
        health.started();
        LOG.atInfo()
                .addKeyValue("addresses", addresses)
                .addKeyValue("admin", admin.address())
                .addKeyValue("transport", transport.name())
                .addKeyValue("java", Runtime.version().feature())
                .addKeyValue("start_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos))
                .log("Serving");
        return new Gateway(config, server, addresses, admin, health, closers);
    }

    /** Says that nothing is refused, and then, every minute, what would have been; what is returned sums up. */
    private static Runnable observe(ObserveMeters observed, Transport transport) {
        LOG.warn("OBSERVE MODE: NOTHING IS REFUSED. Requests without a good session are forwarded, without identity;"
                + " mode: enforce refuses them");
        ObserveSummary summary = new ObserveSummary(observed);
        var minutely = transport.acceptor().scheduleAtFixedRate(summary::minute, 1, 1, TimeUnit.MINUTES);
        return () -> {
            minutely.cancel(false);
            summary.whole();
        };
    }

    /** Where clients connect, in the order configured, with the ports that were taken. */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    public InetSocketAddress adminAddress() {
        return admin.address();
    }

    /**
     * Stops: readiness off, no new connections, requests in flight finished within {@code drain}, then everything closed.
     * Returns when that is done; safe to call twice and from any thread but an event loop.
     */
    public void stop() {
        if (!stopping.compareAndSet(false, true)) {
            awaitQuietly();
            return;
        }
        health.draining();
        LOG.atInfo().addKeyValue("drain", config.drain()).log("Stopping: finishing the requests in flight");
        try {
            server.drain(config.drain())
                    .toCompletableFuture()
                    .get(config.drain().plus(CLOSE_BOUND).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Not every connection ended within the drain time", e);
        }
        close(closers);
        LOG.info("Stopped");
        stopped.countDown();
    }

    /** Waits until somebody stopped it. */
    public void awaitStopped() throws InterruptedException {
        stopped.await();
    }

    private void awaitQuietly() {
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
