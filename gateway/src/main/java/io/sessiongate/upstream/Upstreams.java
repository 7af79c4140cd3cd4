package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
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
            ConnectionBudget budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
            UploadPlaces places = new UploadPlaces(config.maxUploads());
            UpstreamMeters.Upstream own = meters.upstream(
                    name, config.maxConnections(), budget::openNow, budget::idleNow, budget::waitingNow);
            own.watchUploads(config.maxUploads(), places::takenNow, places::waitingNow);
            for (int i = 0; i < loops.size(); i++) {
                UpstreamPool pool = new UpstreamPool(
                        config,
                        loops.get(i),
                        i,
                        budget,
                        places,
                        names,
                        dialer,
                        responseHeadBytes,
                        transport.storages(loops.get(i)),
                        own,
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

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        byLoop.forEach((loop, pools) -> loop.execute(pools::close));
        names.close();
    }
}
