package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections to all upstreams: for each, one pool an event loop, so that a request and its upstream connection share
 * a loop. Immutable; the pools are confined to their loops.
 */
public final class Upstreams {

    private final Map<String, IdentityHashMap<EventLoop, UpstreamPool>> pools = new HashMap<>();
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
        configs.forEach((name, config) -> {
            ConnectionBudget budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
            UploadPlaces places = new UploadPlaces(config.maxUploads());
            UpstreamMeters.Upstream own = meters.upstream(
                    name, config.maxConnections(), budget::openNow, budget::idleNow, budget::waitingNow);
            own.watchUploads(config.maxUploads(), places::takenNow, places::waitingNow);
            IdentityHashMap<EventLoop, UpstreamPool> byLoop = new IdentityHashMap<>();
            List<EventLoop> loops = transport.loops();
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
                byLoop.put(loops.get(i), pool);
            }
            pools.put(name, byLoop);
        });
    }

    /**
     * Asks for a connection on a loop of the transport, from that loop. The events tell, inline or later, whether there
     * is one; what waits can be taken back.
     *
     * @param fresh whether it has to be a new connection
     * @param bodyComing whether the request has a body that is not here yet
     * @param client whom it counts as then; null for a proxy that is trusted, whose users are not told apart
     * @throws IllegalArgumentException where no upstream has that name: routes are checked when the file is read
     */
    public PendingConnection acquire(
            String upstream,
            EventLoop loop,
            boolean fresh,
            boolean bodyComing,
            @Nullable AddressBlock client,
            UpstreamEvents events) {
        IdentityHashMap<EventLoop, UpstreamPool> byLoop = pools.get(upstream);
        UpstreamPool pool = byLoop == null ? null : byLoop.get(loop);
        if (pool == null) {
            throw new IllegalArgumentException("no upstream " + upstream + " on this loop");
        }
        return pool.acquire(fresh, bodyComing, client, events);
    }

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        pools.values().forEach(byLoop -> byLoop.forEach((loop, pool) -> loop.execute(pool::close)));
        names.close();
    }
}
