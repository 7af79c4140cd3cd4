package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The connections to all upstreams: for each, one pool an event loop, so that a request and its upstream connection share
 * a loop. The pools are confined to their loops; which there are is changed by {@link #replace} alone.
 */
public final class Upstreams {

    private static final long LONGEST_TURN_SECONDS = 10;

    private final IdentityHashMap<EventLoop, LoopUpstreams> byLoop = new IdentityHashMap<>();
    private final ServerNames names;
    private final Map<String, Runnable> certificateLooks = new ConcurrentHashMap<>();
    private final Transport transport;
    private final int responseHeadBytes;
    private final UpstreamMeters meters;
    private final LongSupplier nanoTime;
    private final Dialer dialer;
    private Map<String, UpstreamConfig> configs;

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
        this.transport = transport;
        this.responseHeadBytes = responseHeadBytes;
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.names = new ServerNames(nanoTime);
        this.dialer = new Dialer(transport);
        this.configs = Map.copyOf(configs);
        transport.loops().forEach(loop -> byLoop.put(loop, new LoopUpstreams()));
        configs.forEach((name, config) -> {
            List<UpstreamPool> pools = pools(config);
            for (int i = 0; i < pools.size(); i++) {
                on(transport.loops().get(i)).join(name, pools.get(i));
            }
        });
    }

    /** One a loop, in the transport's order. */
    private List<UpstreamPool> pools(UpstreamConfig config) {
        List<EventLoop> loops = transport.loops();
        UpstreamSecurity security = UpstreamSecurity.of(config);
        if (security == null) {
            certificateLooks.remove(config.name());
        } else {
            certificateLooks.put(config.name(), security::look);
        }
        Dialer own = dialer.securing(security);
        ConnectionBudget budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
        UploadPlaces places = new UploadPlaces(config.maxUploads());
        UpstreamMeters.Upstream counted = meters.upstream(
                config.name(), config.maxConnections(), budget::openNow, budget::idleNow, budget::waitingNow);
        counted.watchUploads(config.maxUploads(), places::takenNow, places::waitingNow);
        List<UpstreamPool> pools = new ArrayList<>();
        for (int i = 0; i < loops.size(); i++) {
            UpstreamPool pool = new UpstreamPool(
                    config,
                    loops.get(i),
                    i,
                    budget,
                    places,
                    names,
                    own,
                    responseHeadBytes,
                    transport.storages(loops.get(i)),
                    counted,
                    nanoTime);
            budget.join(pool);
            places.join(pool.uploads());
            pools.add(pool);
        }
        return pools;
    }

    /**
     * Goes on with these upstreams. Of one that is configured as before nothing changes; connections to others are closed once they
     * are not used any more. From any thread but a loop; returns when every loop knows.
     */
    public synchronized void replace(Map<String, UpstreamConfig> next) {
        List<EventLoop> loops = transport.loops();
        List<Map<String, UpstreamPool>> made = new ArrayList<>();
        loops.forEach(loop -> made.add(new HashMap<>()));
        next.forEach((name, config) -> {
            if (!config.equals(configs.get(name))) {
                List<UpstreamPool> pools = pools(config);
                for (int i = 0; i < pools.size(); i++) {
                    made.get(i).put(name, pools.get(i));
                }
            }
        });
        Set<String> gone = new HashSet<>(configs.keySet());
        gone.removeAll(next.keySet());
        List<CompletableFuture<Void>> told = new ArrayList<>();
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(i);
            Map<String, UpstreamPool> own = made.get(i);
            told.add(CompletableFuture.runAsync(() -> on(loop).replace(own, gone), loop));
        }
        CompletableFuture.allOf(told.toArray(new CompletableFuture<?>[0]))
                .orTimeout(LONGEST_TURN_SECONDS, TimeUnit.SECONDS)
                .join();
        configs = Map.copyOf(next);
        gone.forEach(meters::forget);
        gone.forEach(certificateLooks::remove);
    }

    /** Those of a loop of the transport. */
    public LoopUpstreams on(EventLoop loop) {
        return Objects.requireNonNull(byLoop.get(loop), "a loop of another transport");
    }

    /** Each looks at the files of an upstream, and takes over what has changed; blocks on the disk, for one thread at a time. */
    public List<Runnable> certificateLooks() {
        return certificateLooks.isEmpty()
                ? List.of()
                : List.of(() -> certificateLooks.values().forEach(Runnable::run));
    }

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        byLoop.forEach((loop, pools) -> loop.execute(pools::close));
        names.close();
    }
}
