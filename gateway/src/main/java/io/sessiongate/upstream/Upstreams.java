package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections to all upstreams: for each, one pool an event loop, so that a request and its upstream connection share
 * a loop. Safe to use from any thread; the pools are confined to their loops, which find them through one volatile field.
 */
public final class Upstreams {

    /** How long who was sent to an upstream that leaves may take to get there: the longest wait for a decision, and more. */
    private static final long LEAVES_SECONDS = 120;

    private final IdentityHashMap<EventLoop, LoopUpstreams> byLoop = new IdentityHashMap<>();
    private final Surroundings around;
    private final Object changing = new Object();
    private boolean closed;

    /** Never changed, but replaced; those that leave are in it for a while. */
    private volatile Map<String, Upstream> byName = Map.of();

    /**
     * Prepares the pools; opens nothing.
     *
     * @param responseHeadBytes longest head of an answer
     */
    public Upstreams(
            Map<String, UpstreamConfig> configs,
            Transport transport,
            int responseHeadBytes,
            UpstreamMeters meters,
            LongSupplier nanoTime) {
        around = new Surroundings(
                transport, new Dialer(transport), new ServerNames(nanoTime), responseHeadBytes, meters, nanoTime);
        for (int i = 0; i < around.loops().size(); i++) {
            byLoop.put(around.loops().get(i), new LoopUpstreams(this, i));
        }
        replace(configs);
    }

    /**
     * Goes on with other upstreams; blocks on the disk where certificates have to be read. When it returns, every request that asks for a connection finds them. Upstreams and servers
     * that are in both keep their connections, their health and their counts. Those that are not keep no connection, and serve
     * what is under way, and for two minutes whoever was sent to them before.
     *
     * @param next by name, as in {@link UpstreamConfig#name}
     * @throws IllegalStateException where a certificate cannot be used, with a sentence that names it; nothing is changed then
     */
    public void replace(Map<String, UpstreamConfig> next) {
        synchronized (changing) {
            if (closed) {
                return;
            }
            Map<String, Optional<UpstreamSecurity>> securities = new HashMap<>();
            next.forEach((name, config) -> securities.put(name, Optional.ofNullable(security(config))));
            Map<String, Upstream> names = new HashMap<>(byName);
            List<Upstream> leave = new ArrayList<>();
            for (Upstream upstream : byName.values()) {
                if (!next.containsKey(upstream.name()) && !upstream.leaving()) {
                    leave.add(upstream);
                }
            }
            next.forEach((name, config) -> {
                Upstream known = names.get(name);
                UpstreamSecurity security =
                        securities.getOrDefault(name, Optional.empty()).orElse(null);
                if (known != null && !known.leaving()) {
                    known.change(config, security);
                } else {
                    if (known != null) {
                        known.forget();
                    }
                    Upstream added = new Upstream(config, security, around);
                    added.start();
                    names.put(name, added);
                }
            });
            byName = Map.copyOf(names);
            leave.forEach(this::leave);
        }
    }

    /** How TLS is spoken to its servers: as before, where that has not changed; null where none speaks it. */
    private @Nullable UpstreamSecurity security(UpstreamConfig config) {
        Upstream known = byName.get(config.name());
        UpstreamSecurity before = known == null ? null : known.settings().security;
        return before != null && before.fits(config) ? before : UpstreamSecurity.of(config);
    }

    /**
     * Looks at the files of all upstreams, those that a later configuration brings among them, and takes over what has changed;
     * blocks on the disk, for one thread at a time. Nothing to do where no upstream speaks TLS now.
     */
    public List<Runnable> certificateLooks() {
        boolean any = byName.values().stream().anyMatch(upstream -> upstream.settings().security != null);
        return any ? List.of(this::lookAtCertificates) : List.of();
    }

    private void lookAtCertificates() {
        for (Upstream upstream : byName.values()) {
            UpstreamSecurity security = upstream.settings().security;
            if (security != null) {
                security.look(upstream.meters());
            }
        }
    }

    private void leave(Upstream upstream) {
        upstream.leave();
        forgetLater(upstream);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a timer that never fires is the end of its loop
    private void forgetLater(Upstream upstream) {
        around.transport().acceptor().schedule(() -> forget(upstream), LEAVES_SECONDS, TimeUnit.SECONDS);
    }

    private void forget(Upstream upstream) {
        synchronized (changing) {
            if (byName.get(upstream.name()) != upstream) {
                return; // the name is another's by now
            }
            if (upstream.budget().openNow() > 0) {
                forgetLater(upstream); // so that its last connections are seen in the metrics
                return;
            }
            Map<String, Upstream> names = new HashMap<>(byName);
            names.remove(upstream.name());
            byName = Map.copyOf(names);
            upstream.forget();
        }
    }

    /** Those of a loop of the transport. */
    public LoopUpstreams on(EventLoop loop) {
        return Objects.requireNonNull(byLoop.get(loop), "a loop of another transport");
    }

    Map<String, Upstream> byName() {
        return byName;
    }

    /** How the servers stand, those of upstreams that leave left out; in no order. */
    public List<ServerState> states() {
        List<ServerState> states = new ArrayList<>();
        for (Upstream upstream : byName.values()) {
            if (!upstream.leaving()) {
                upstream.states(states);
            }
        }
        return states;
    }

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        synchronized (changing) {
            closed = true;
            byName.values().forEach(Upstream::stop);
        }
        byLoop.forEach((loop, pools) -> loop.execute(pools::close));
        around.names().close();
    }
}
