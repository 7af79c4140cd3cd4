package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.flow.Realm;
import io.sessiongate.http.Transport;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.listener.ProxyServer;
import io.sessiongate.metrics.Gauges;
import io.sessiongate.metrics.RateMeters;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which generation is current, and how another takes its place: made whole beside it, then in one step for all that begins. What
 * only the former needs is closed when its requests had time to end, {@link #DRAIN} after; at most {@value #MOST_DRAINING} wait for
 * that, the oldest goes first. Replaced by one thread at a time, read by any.
 */
final class Generations {

    /** A gate that nobody asked for so long is one that nobody will. */
    static final Duration QUIET = Duration.ofSeconds(1);

    /** Longer than a check may take, and than an assertion counts half of. */
    static final Duration DRAIN = Duration.ofSeconds(30);

    static final int MOST_DRAINING = 4;

    private final GenerationMaker maker;
    private final ProxyServer server;
    private final Upstreams upstreams;
    private final Transport transport;
    private final Observing observing;
    private final Realms realms;
    private final MeterRegistry registry;
    private final @Nullable Reloads reloads;
    private final List<Generation> draining = new CopyOnWriteArrayList<>();
    private volatile Generation current;

    Generations(
            Generation first,
            GenerationMaker maker,
            Realms realms,
            ProxyServer server,
            Upstreams upstreams,
            Transport transport,
            Observing observing,
            MeterRegistry registry,
            @Nullable Reloads reloads) {
        this.current = first;
        this.maker = maker;
        this.realms = realms;
        this.server = server;
        this.upstreams = upstreams;
        this.transport = transport;
        this.observing = observing;
        this.registry = registry;
        this.reloads = reloads;
        first.realms().values().forEach(this::watch);
        first.limits().watch();
    }

    Generation current() {
        return current;
    }

    Map<String, Realm> realms() {
        return current.realms();
    }

    /** Who signs assertions, or did so a moment ago: applications verify what is on its way to them. */
    List<IdentityWriter> writers() {
        List<IdentityWriter> all = new ArrayList<>();
        realms().values().forEach(realm -> all.add(realm.identity()));
        draining.forEach(former -> former.realms().values().forEach(realm -> all.add(realm.identity())));
        return all;
    }

    /**
     * Replaces the current generation. Blocks for a moment; on the thread that loads configurations.
     *
     * @throws RuntimeException where it cannot be made; then nothing has changed
     */
    void replace(GatewayConfig next) {
        Generation former = current;
        Generation made = maker.make(next, former);
        // Those before as well: their requests are under way when the step is done.
        try {
            upstreams.replace(upstreamsOf(made));
        } catch (RuntimeException e) {
            realms.abandon(made, former);
            throw e;
        }
        made.realms().values().stream()
                .filter(realm -> gateOf(former, realm.name()) != realm.sessions())
                .forEach(this::watch);
        realms.handOver(former, made);
        current = made;
        made.limits().watch();
        server.use(next, made.flow(), name -> !made.forwarding().forbiddenInTrailers(name));
        observing.mode(next.mode(), transport.acceptor());
        retire(former, made);
    }

    private void watch(Realm realm) {
        realm.sessions().watch(server.revocations(realm.name()));
    }

    private static Object gateOf(Generation generation, String realm) {
        Realm known = generation.realms().get(realm);
        return known == null ? generation : known.sessions();
    }

    private void retire(Generation former, Generation next) {
        former.realms().values().stream()
                .filter(realm -> gateOf(next, realm.name()) != realm.sessions())
                .forEach(realm -> realm.sessions().retire(QUIET, DRAIN));
        draining.add(former);
        while (draining.size() > MOST_DRAINING) {
            close(draining.get(0));
        }
        if (reloads != null) {
            var unused = reloads.loader().schedule(() -> close(former), DRAIN.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Of all generations that are in use, as the latest has them. */
    private Map<String, UpstreamConfig> upstreamsOf(Generation latest) {
        Map<String, UpstreamConfig> all = new HashMap<>();
        draining.forEach(former -> all.putAll(former.config().upstreams()));
        all.putAll(current.config().upstreams());
        all.putAll(latest.config().upstreams());
        return all;
    }

    /** Gives up what no generation uses any more. */
    private void close(Generation left) {
        if (!draining.remove(left)) {
            return;
        }
        List<Generation> alive = new ArrayList<>(draining);
        alive.add(current);
        for (Realm realm : left.realms().values()) {
            if (alive.stream().noneMatch(other -> uses(other, realm))) {
                realm.tokens().close();
            }
            if (alive.stream().noneMatch(other -> gateOf(other, realm.name()) == realm.sessions())) {
                realm.sessions().close();
            }
        }
        upstreams.replace(upstreamsOf(current));
        Set<String> routes = new HashSet<>(RequestMeters.names(left.config().routes()));
        alive.forEach(
                other -> routes.removeAll(RequestMeters.names(other.config().routes())));
        routes.forEach(route -> Gauges.forget(registry, "route", route));
        Set<String> limits = new HashSet<>(left.limits().names());
        alive.forEach(other -> limits.removeAll(other.limits().names()));
        limits.forEach(limit -> Gauges.forget(registry, RateMeters.TAG, limit));
        left.realms().keySet().stream()
                .filter(name -> alive.stream().noneMatch(other -> other.realms().containsKey(name)))
                .forEach(realms::forget);
    }

    private static boolean uses(Generation generation, Realm realm) {
        Realm own = generation.realms().get(realm.name());
        return own != null && own.tokens() == realm.tokens();
    }
}
