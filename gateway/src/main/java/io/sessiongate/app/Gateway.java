package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.unix.FileDescriptor;
import io.sessiongate.app.handover.Succession;
import io.sessiongate.app.status.ServerStates;
import io.sessiongate.app.status.StatusReport;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Reading;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.flow.RecentRefusals;
import io.sessiongate.flow.Tracing;
import io.sessiongate.http.Transport;
import io.sessiongate.listener.ProxyServer;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.ReloadMeters;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.TlsMeters;
import io.sessiongate.metrics.TracingMeters;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.session.PostgresSessions;
import io.sessiongate.token.CryptoPool;
import io.sessiongate.token.KeyThreads;
import io.sessiongate.upstream.Upstreams;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
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

    private final Generations generations;
    private final ProxyServer server;
    private final List<InetSocketAddress> addresses;
    private final AdminServer admin;
    private final Health health;
    private final @Nullable Reloads reloads;
    private final Supervisor supervisor;
    private final Deque<Runnable> closers;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Gateway(
            Generations generations,
            ProxyServer server,
            List<InetSocketAddress> addresses,
            AdminServer admin,
            Health health,
            @Nullable Reloads reloads,
            Supervisor supervisor,
            Deque<Runnable> closers) {
        this.generations = generations;
        this.server = server;
        this.addresses = List.copyOf(addresses);
        this.admin = admin;
        this.health = health;
        this.reloads = reloads;
        this.supervisor = supervisor;
        this.closers = closers;
    }

    /**
     * Starts everything; when this returns, clients are served. The database need not be there. What it was configured with holds to
     * its end.
     *
     * @throws IllegalStateException where it cannot start, with a sentence for the user; nothing is left running then
     */
    public static Gateway start(GatewayConfig config) {
        return start(config, null, Ahead.begin(), false);
    }

    /**
     * The same with what was begun while the configuration was read, from a file that is read again.
     *
     * @param reading what was read of it; valid
     * @param takeOver whether it takes the place of a gateway that runs, if one does
     */
    public static Gateway start(ConfigFile file, Reading reading, Ahead ahead, boolean takeOver) {
        if (!(reading.result() instanceof LoadResult.Loaded loaded)) {
            throw new IllegalArgumentException("not valid");
        }
        return start(loaded.config(), new Reloads.Origin(file, reading), ahead, takeOver);
    }

    private static Gateway start(GatewayConfig config, Reloads.@Nullable Origin origin, Ahead ahead, boolean takeOver) {
        Deque<Runnable> closers = new ArrayDeque<>();
        try {
            return start(config, origin, ahead, takeOver, closers);
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

    private static Gateway start(
            GatewayConfig config,
            Reloads.@Nullable Origin origin,
            Ahead ahead,
            boolean takeOver,
            Deque<Runnable> closers) {
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
        Realms realms = new Realms(crypto, keyThreads, sessions, clock, nanoTime, registry);
        Observing observing = new Observing(registry);
        RecentRefusals refusals = new RecentRefusals(clock);
        @Nullable Tracing tracing = tracing(config.tracing(), registry, clock, nanoTime, closers);
        GenerationMaker maker = new GenerationMaker(
                realms, observing, config.certificateHeaders(), registry, refusals, nanoTime, tracing);
        Generation first = maker.make(config, null);
        // The longest part of what is left, beside the others; no client comes before it is done.
        CompletableFuture<Void> warm = CompletableFuture.runAsync(
                () -> first.realms().values().forEach(realm -> realm.tokens().warmUp()), task -> {
                    if (!crypto.tryExecute(task)) {
                        task.run();
                    }
                });

        Transport transport = Transport.of(config.transport().name(), config.eventLoops());
        closers.push(() -> transport.close(CLOSE_BOUND));
        Succession succession = Succession.begin(config.handOver(), takeOver, transport);
        closers.push(succession::close);
        Supervisor supervisor =
                Supervisor.of(System::getenv, ProcessHandle.current().pid(), transport);
        closers.push(supervisor::close);
        Upstreams upstreams = new Upstreams(
                config.upstreams(),
                transport,
                config.limits().responseHeadBytes(),
                new UpstreamMeters(registry),
                nanoTime);
        closers.push(upstreams::close);
        ProxyServer server = new ProxyServer(
                config,
                first.flow(),
                upstreams,
                new ConnectionMeters(registry, config.limits()),
                new StreamMeters(registry),
                new TlsMeters(registry),
                transport,
                name -> !first.forwarding().forbiddenInTrailers(name),
                clock,
                nanoTime);
        ReloadMeters reloadMeters = new ReloadMeters(registry, clock.instant());
        @Nullable Reloads reloads = origin == null ? null : new Reloads(origin, reloadMeters, clock);
        Generations generations =
                new Generations(first, maker, realms, server, upstreams, transport, observing, registry, reloads);
        Health health = new Health(generations::realms);
        AdminSecret secret = new AdminSecret(config.admin().secret(), nanoTime);
        AdminServer admin = AdminServer.start(
                AdminServer.Place.of(config.admin().address(), transport, succession.passed()),
                AdminPages.of(health, telemetry, generations::writers),
                AdminPages.actions(secret, generations::realms, reloads),
                AdminPages.forBrowsers(
                        () -> generations.current().config().admin().hosts(),
                        new StatusReport(new StatusReport.Sources(
                                () -> generations.current().config(),
                                registry,
                                refusals,
                                ServerStates.of(upstreams),
                                health::status,
                                transport.name(),
                                succession.origin(),
                                clock,
                                nanoTime))));
        closers.push(admin::stop);
        closers.push(observing::stop);
        observing.mode(config.mode(), transport.acceptor());
        if (reloads != null) {
            closers.push(reloads::stop);
        }
        Ahead.made(warm);
        List<InetSocketAddress> addresses = server.start(succession.passed());
        health.started();
        admin.accept();
        if (reloads != null) {
            reloads.start(
                    next -> {
                        generations.replace(next.inGatewayOf(config));
                        server.rereadCertificates();
                        secret.become(next.admin().secret());
                        var unused = health.readiness(); // looks for the databases of new realms
                    },
                    supervisor::reloading);
        }
        LOG.atInfo()
                .addKeyValue("addresses", addresses)
                .addKeyValue("admin", admin.address())
                .addKeyValue("transport", transport.name())
                .addKeyValue("java", Runtime.version().feature())
                .addKeyValue("start_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos))
                .log("Serving");
        Gateway gateway = new Gateway(generations, server, addresses, admin, health, reloads, supervisor, closers);
        succession.serving(gateway::sockets, gateway::giveWay, gateway::stop);
        // Before the other one ends, or systemd would take that for the end of the service.
        supervisor.ready();
        succession.relieve();
        return gateway;
    }

    /** What listens. */
    private List<FileDescriptor> sockets() {
        List<FileDescriptor> sockets = new ArrayList<>(server.listeningSockets());
        sockets.add(admin.socket());
        return sockets;
    }

    /** Another gateway serves: it is the service now, and the admin port is its alone. An end of a session said here would be lost there. */
    private void giveWay() {
        supervisor.fallSilent();
        admin.stop();
    }

    /** Has the configuration read again, soon, where it came from a file. Any thread; returns at once. */
    public void reload() {
        if (reloads != null) {
            reloads.want(Reloads.Trigger.SIGNAL);
        }
    }

    /** Made early to be closed late, when the last request is over. Nothing of the library is loaded without it. */
    private static @Nullable Tracing tracing(
            @Nullable TracingConfig config,
            MeterRegistry registry,
            InstantSource clock,
            LongSupplier nanoTime,
            Deque<Runnable> closers) {
        if (config == null) {
            return null;
        }
        SpanExport export = SpanExport.start(config, new TracingMeters(registry));
        closers.push(() -> export.close(CLOSE_BOUND));
        return new Tracing(config, export, clock, nanoTime);
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
        supervisor.stopping();
        Duration drain = generations.current().config().drain();
        LOG.atInfo().addKeyValue("drain", drain).log("Stopping: finishing the requests in flight");
        try {
            server.drain(drain)
                    .toCompletableFuture()
                    .get(drain.plus(CLOSE_BOUND).toMillis(), TimeUnit.MILLISECONDS);
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
