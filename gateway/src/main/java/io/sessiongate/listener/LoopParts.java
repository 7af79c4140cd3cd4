package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.LoopBytes;
import io.sessiongate.upstream.LoopUpstreams;

/**
 * What the connections of one event loop share; confined to it.
 *
 * @param storages memory for heads
 * @param books what waits in memory
 * @param streams exchanges under way
 * @param upstreams ways to the servers
 */
record LoopParts(HeadStorages storages, LoopBytes books, LoopStreams streams, LoopUpstreams upstreams) {

    static LoopParts of(EventLoop loop, Wiring wiring) {
        return new LoopParts(
                wiring.transport().storages(loop),
                wiring.buffered().of(loop),
                wiring.streams().of(loop),
                wiring.upstreams().on(loop));
    }
}
