package io.sessiongate.upstream;

import io.sessiongate.http.AddressBlock;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop to all upstreams. Confined to that loop once it is built. */
public final class LoopUpstreams {

    private final Map<String, UpstreamPool> pools = new HashMap<>();

    LoopUpstreams() {}

    /** Another configuration: these take the place of those of the same name, and of these names nothing is left. */
    void replace(Map<String, UpstreamPool> made, Set<String> gone) {
        made.forEach((name, pool) -> drain(pools.put(name, pool)));
        gone.forEach(name -> drain(pools.remove(name)));
    }

    private static void drain(@Nullable UpstreamPool former) {
        if (former != null) {
            former.drain();
        }
    }

    /** Only while the upstreams are being built. */
    void join(String upstream, UpstreamPool pool) {
        pools.put(upstream, pool);
    }

    /**
     * Asks for a connection. The events tell, inline or later, whether there is one; what waits can be taken back.
     *
     * @param fresh whether it has to be a new connection
     * @param bodyComing whether the request has a body that is not here yet
     * @param client whom it counts as then; null for a proxy that is trusted, whose users are not told apart
     * @throws IllegalArgumentException where no upstream has that name: routes are checked when the file is read
     */
    public PendingConnection acquire(
            String upstream, boolean fresh, boolean bodyComing, @Nullable AddressBlock client, UpstreamEvents events) {
        UpstreamPool pool = pools.get(upstream);
        if (pool == null) {
            throw new IllegalArgumentException("no upstream " + upstream);
        }
        return pool.acquire(fresh, bodyComing, client, events);
    }

    /** Closes unused connections; those in use close with their requests. */
    void close() {
        pools.values().forEach(UpstreamPool::close);
    }
}
