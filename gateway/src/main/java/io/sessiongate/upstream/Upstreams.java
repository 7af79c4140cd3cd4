package io.sessiongate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.resolver.NoopAddressResolverGroup;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The connections to all upstreams: for each, one pool an event loop, so that a request and its upstream connection share
 * a loop. Immutable; the pools are confined to their loops.
 */
public final class Upstreams {

    /** Small: what waits here is memory a slow peer can claim. Bytes. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

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
        Bootstrap bootstrap = new Bootstrap()
                .channel(transport.socketChannel())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                // Kept open when a write fails: an answer given before the body was read may wait to be read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // The handlers come with the connection, once it stands.
                    }
                });
        configs.forEach((name, config) -> {
            ConnectionBudget budget = new ConnectionBudget(config.maxConnections(), config.maxWaiting());
            UpstreamMeters.Upstream own = meters.upstream(
                    name, config.maxConnections(), budget::openNow, budget::idleNow, budget::waitingNow);
            IdentityHashMap<EventLoop, UpstreamPool> byLoop = new IdentityHashMap<>();
            List<EventLoop> loops = transport.loops();
            for (int i = 0; i < loops.size(); i++) {
                UpstreamPool pool = new UpstreamPool(
                        config,
                        loops.get(i),
                        i,
                        budget,
                        names,
                        bootstrap,
                        responseHeadBytes,
                        transport.storages(loops.get(i)),
                        own,
                        nanoTime);
                budget.join(pool);
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
     * @throws IllegalArgumentException where no upstream has that name: routes are checked when the file is read
     */
    public PendingConnection acquire(String upstream, EventLoop loop, boolean fresh, UpstreamEvents events) {
        IdentityHashMap<EventLoop, UpstreamPool> byLoop = pools.get(upstream);
        UpstreamPool pool = byLoop == null ? null : byLoop.get(loop);
        if (pool == null) {
            throw new IllegalArgumentException("no upstream " + upstream + " on this loop");
        }
        return pool.acquire(fresh, events);
    }

    /** Closes unused connections; those in use close with their requests. */
    public void close() {
        pools.values().forEach(byLoop -> byLoop.forEach((loop, pool) -> loop.execute(pool::close)));
        names.close();
    }
}
