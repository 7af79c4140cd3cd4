package io.sessiongate.listener;

import io.sessiongate.http.Backlog;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.LoopBytes;
import io.sessiongate.upstream.UpstreamConnection;

/** An upgraded connection: two relays of bytes on one event loop, in place of HTTP. */
final class ConnectionTunnel implements Tunnel, Backlog.Events {

    private final ClientConnection client;
    private final UpstreamConnection upstream;
    private final Backlog toUpstream;
    private final FrameTracker frames = new FrameTracker();
    private final ByteRelay fromClient;
    private final ByteRelay fromUpstream;
    private boolean ending;

    /** Takes both connections over, the bytes already read included; the 101 has been written. */
    ConnectionTunnel(ClientConnection client, UpstreamConnection upstream, LoopBytes books, Runnable onActivity) {
        this.client = client;
        this.upstream = upstream;
        toUpstream = new Backlog(upstream.channel(), books, this);
        fromClient = new ByteRelay(upstream.channel(), toUpstream, onActivity, null);
        fromUpstream = new ByteRelay(client.channel(), client.out().backlog(), onActivity, frames);
        // First both encoders go, then bytes may flow: those of one side are written to the other.
        upstream.tunnel(fromUpstream);
        client.relay(fromClient);
        client.unleash();
        upstream.unleash();
    }

    /** The upstream has taken what waited for it: more of the client's is welcome. */
    @Override
    public void onTaken() {
        fromClient.resume(client.channel());
    }

    @Override
    public void onClientTaken() {
        fromUpstream.resume(upstream.channel());
    }

    /** An upstream is not cut for being slow. */
    @Override
    public void onLeftLying() {}

    @Override
    public void close() {
        toUpstream.close();
    }

    @Override
    public void end(FaultKind why) {
        if (!ending) {
            ending = true;
            new Farewell(client.channel(), upstream, fromClient, fromUpstream, why).begin(frames.atBoundary());
        }
    }

    @Override
    public long bytesFromClient() {
        return fromClient.bytes();
    }

    @Override
    public long bytesFromUpstream() {
        return fromUpstream.bytes();
    }
}
