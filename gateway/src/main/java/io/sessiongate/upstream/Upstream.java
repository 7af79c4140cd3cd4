package io.sessiongate.upstream;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.metrics.OneServer;
import io.sessiongate.metrics.OneUpstream;
import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.metrics.UpstreamMeters;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One upstream: its servers, its pool on each event loop, and what these share. Lives as long as a configuration knows its name,
 * whatever else of it changes; then it leaves, keeps no connection and still serves who was sent to it. Changed under a lock of
 * its own, by whoever brings a configuration or the addresses of a name, never on a loop; read by any through {@link #settings}.
 */
final class Upstream {

    private static final Logger LOG = LoggerFactory.getLogger(Upstream.class);

    private final Surroundings around;
    private final String name;
    private final ConnectionBudget budget;
    private final UploadPlaces places;
    private final RetryBudget retries = new RetryBudget();
    private final OneUpstream meters;
    private final HealthChecks checks;
    private final AddressWatch watch;
    private final Object changing = new Object();
    private final Map<ServerAddress, List<InetAddress>> found = new HashMap<>();
    private final Map<ServerAddress, OneServer> serverMeters = new HashMap<>();
    private final List<UpstreamPool> pools = new ArrayList<>();
    private volatile Settings settings;
    private volatile boolean leaving;

    /** Whether the change under way leaves TLS as it was. */
    private boolean sameTls = true;

    /** Whether it leaves the protocol as it was. */
    private boolean sameProtocol = true;

    Upstream(UpstreamConfig config, @Nullable UpstreamSecurity security, Surroundings around) {
        this.around = around;
        this.name = config.name();
        this.budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
        this.places = new UploadPlaces(config.maxUploads());
        this.meters = around.meters()
                .upstream(
                        name,
                        new UpstreamMeters.Counts(
                                budget::maxNow,
                                budget::openNow,
                                budget::idleNow,
                                budget::maxWaitingNow,
                                budget::waitingNow));
        meters.watchUploads(places::maxNow, places::takenNow, places::waitingNow);
        this.settings = new Settings(config, security, new Server[0]);
        this.settings = new Settings(config, security, servers(config, false));
        for (int i = 0; i < around.loops().size(); i++) {
            UpstreamPool pool = new UpstreamPool(this, i, around);
            pools.add(pool);
            budget.join(pool);
            places.join(pool.uploads());
        }
        this.checks = new HealthChecks(this, around);
        this.watch = new AddressWatch(this, around);
    }

    /** From now on its servers are asked how they are, and their names looked up. */
    void start() {
        synchronized (changing) {
            checks.follow();
            watch.follow();
        }
    }

    String name() {
        return name;
    }

    Settings settings() {
        return settings;
    }

    ConnectionBudget budget() {
        return budget;
    }

    UploadPlaces places() {
        return places;
    }

    RetryBudget retries() {
        return retries;
    }

    OneUpstream meters() {
        return meters;
    }

    UpstreamPool on(int loop) {
        return pools.get(loop);
    }

    /** Whether no configuration knows it any more. */
    boolean leaving() {
        return leaving;
    }

    /** Goes on with another configuration; servers that stay keep what is known of them, and their connections. */
    void change(UpstreamConfig next, @Nullable UpstreamSecurity security) {
        synchronized (changing) {
            if (!next.equals(settings.config) || security != settings.security) {
                sameTls = security == settings.security;
                sameProtocol = next.protocol() == settings.config.protocol();
                budget.resize(next.maxConnections(), next.maxWaiting());
                places.resize(next.maxUploads());
                found.keySet().retainAll(next.servers());
                // Before there are others: of one that speaks TLS from now on, or no more, they have the same name.
                forgetMeters(next);
                become(new Settings(next, security, servers(next, true)));
                sameTls = true;
                sameProtocol = true;
                watch.follow();
            }
        }
    }

    /** The name of a server has these addresses now. */
    void found(ServerAddress address, List<InetAddress> addresses) {
        synchronized (changing) {
            List<InetAddress> before = found.get(address);
            boolean wanted = !leaving && settings.config.servers().contains(address);
            if (wanted && (before == null || !Set.copyOf(before).equals(Set.copyOf(addresses)))) {
                found.put(address, addresses);
                // What was only a name until now was there all the time.
                become(new Settings(settings.config, settings.security, servers(settings.config, before != null)));
            }
        }
    }

    /** The name of a server could not be looked up. */
    void nameFailed(ServerAddress address) {
        synchronized (changing) {
            OneServer own = serverMeters.get(address);
            if (own != null) {
                own.nameFailed();
            }
        }
    }

    private Server[] servers(UpstreamConfig config, boolean start) {
        List<Server> servers = new ArrayList<>();
        for (ServerAddress address : config.servers()) {
            List<InetAddress> all = found.get(address);
            if (all == null) {
                servers.add(server(address, null, start));
            } else {
                servers(address, all, start, servers);
            }
        }
        return servers.toArray(Server[]::new);
    }

    /**
     * One server for each address of the family that the system names first, and those of the other family, which are most
     * likely the same machines, as second ways to each.
     */
    private void servers(ServerAddress address, List<InetAddress> all, boolean start, List<Server> to) {
        Class<?> family = all.get(0).getClass();
        List<InetAddress> others =
                all.stream().filter(one -> one.getClass() != family).toList();
        for (InetAddress one : new LinkedHashSet<>(all)) {
            if (one.getClass() == family) {
                Server server = server(address, one, start);
                List<InetAddress> ways = new ArrayList<>(List.of(one));
                ways.addAll(others);
                server.addresses(List.copyOf(ways));
                to.add(server);
            }
        }
    }

    private Server server(ServerAddress address, @Nullable InetAddress fixed, boolean starts) {
        for (Server known : settings.servers) {
            // Connections that TLS was agreed on otherwise for are not the same any more.
            if (known.is(address, fixed) && sameProtocol && (sameTls || !address.secure())) {
                return known;
            }
        }
        for (Server known : settings.servers) {
            if (fixed != null && sameTls && sameProtocol && known.is(address, null)) {
                known.become(fixed);
                return known;
            }
        }
        return new Server(
                address,
                fixed,
                around.loops().size(),
                serverMeters.computeIfAbsent(address, this::meters),
                new ServerHealth(starts, around.nowNanos()));
    }

    private OneServer meters(ServerAddress address) {
        return meters.server(
                address.name(),
                new OneServer.Counts(
                        () -> sum(address, s -> s.health().in(around.nowNanos()) ? 1 : 0),
                        () -> sum(address, s -> s.health().well() && !s.health().in(around.nowNanos()) ? 1 : 0),
                        () -> sum(address, s -> s.health().well() ? 0 : 1),
                        () -> sum(address, s -> s.inFlight().now())));
    }

    private int sum(ServerAddress address, ToIntFunction<Server> count) {
        int sum = 0;
        for (Server server : settings.servers) {
            if (server.address().equals(address)) {
                sum += count.applyAsInt(server);
            }
        }
        return sum;
    }

    private void become(Settings next) {
        Set<Server> gone = new HashSet<>(List.of(settings.servers));
        List.of(next.servers).forEach(gone::remove);
        settings = next;
        // Said before the loops are told: who gives a connection back from now on closes it, and the task closes the
        // rest.
        gone.forEach(Server::leave);
        pools.forEach(pool -> pool.changed(gone));
        checks.follow();
    }

    private void forgetMeters(UpstreamConfig config) {
        serverMeters.entrySet().removeIf(entry -> {
            boolean gone = !config.servers().contains(entry.getKey());
            if (gone) {
                entry.getValue().remove();
            }
            return gone;
        });
    }

    /** No configuration knows it any more: nothing is kept from now on, and what is under way ends. */
    void leave() {
        leaving = true;
        stop();
        pools.forEach(pool -> pool.changed(Set.of()));
    }

    /** Its servers are asked nothing any more. */
    void stop() {
        synchronized (changing) {
            watch.stop();
            checks.stop();
        }
    }

    /** Its meters leave the registry. */
    void forget() {
        synchronized (changing) {
            serverMeters.values().forEach(OneServer::remove);
        }
        meters.remove();
    }

    /** From any loop: a request failed at that server. */
    void failed(Server server, ServerFailure what) {
        long now = around.nowNanos();
        if (server.health().failed(what, settings.ejection, now)) {
            server.meters().ejected(what);
            LOG.atWarn()
                    .addKeyValue("upstream", name)
                    .addKeyValue("server", server.name())
                    .addKeyValue("reason", what.tag())
                    .addKeyValue(
                            "millis",
                            TimeUnit.NANOSECONDS.toMillis(server.health().ejectedNanos(now)))
                    .log("A server that failed requests is left out");
        }
    }

    /** From any loop: a request is no longer under way at that server. */
    void over(Server server) {
        server.inFlight().end();
        if (settings.maxInFlight > 0) {
            budget.pokeWaiting();
        }
    }

    /** How its servers stand. */
    void states(List<ServerState> to) {
        for (Server server : settings.servers) {
            to.add(ServerState.of(name, server, around.nowNanos()));
        }
    }
}
