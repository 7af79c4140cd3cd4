package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What all upstreams share. Immutable, but for what its members own.
 *
 * @param headBytes longest head of an answer
 */
record Surroundings(
        Transport transport,
        List<EventLoop> loops,
        Dialer dialer,
        ServerNames names,
        int headBytes,
        UpstreamMeters meters,
        LongSupplier nanoTime) {

    Surroundings(
            Transport transport,
            Dialer dialer,
            ServerNames names,
            int headBytes,
            UpstreamMeters meters,
            LongSupplier nanoTime) {
        this(transport, transport.loops(), dialer, names, headBytes, meters, nanoTime);
    }

    long nowNanos() {
        return nanoTime.getAsLong();
    }
}
