package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * The connections to all upstreams: for each, one pool an event loop, so that a request and its upstream connection share
 * a loop. Immutable; the pools are confined to their loops.
 */
public final class Upstreams {

    private final IdentityHashMap<EventLoop, LoopUpstreams> byLoop = new IdentityHashMap<>();
    private final ServerNames names;
    private final List<Runnable> certificateLooks = new ArrayList<>();

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
        names = new ServerNames(nanoTime);
        Dialer dialer = new Dialer(transport);
        List<EventLoop> loops = transport.loops();
        loops.forEach(loop -> byLoop.put(loop, new LoopUpstreams()));
        configs.forEach((name, config) -> {
            UpstreamSecurity security = UpstreamSecurity.of(config);
            if (security != null) {
                certificateLooks.add(security::look);
            }
            Dialer own = dialer.securing(security);
            ConnectionBudget budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
            UploadPlaces places = new UploadPlaces(config.maxUploads());
            UpstreamMeters.Upstream counted = meters.upstream(
                    name, config.maxConnections(), budget::openNow, budget::idleNow, budget::waitingNow);
            counted.watchUploads(config.maxUploads(), places::takenNow, places::waitingNow);
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
                on(loops.get(i)).join(name, pool);
            }
        });
    }

    /** Those of a loop of the transport. */
    public LoopUpstreams on(EventLoop loop) {
        return Objects.requireNonNull(byLoop.get(loop), "a loop of another transport");
    }

    /** Each looks at the files of an upstream, and takes over what has changed; blocks on the disk, for one thread at a time. */
    public List<Runnable> certificateLooks() {
        return List.copyOf(certificateLooks);
    }

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        byLoop.forEach((loop, pools) -> loop.execute(pools::close));
        names.close();
    }
}
