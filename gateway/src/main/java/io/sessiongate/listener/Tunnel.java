package io.sessiongate.listener;

import io.sessiongate.http.FaultKind;
import io.sessiongate.upstream.UpstreamConnection;

/** An upgraded connection: two relays of bytes on one event loop, in place of HTTP. */
final class Tunnel {

    private final ClientConnection client;
    private final UpstreamConnection upstream;
    private final FrameTracker frames = new FrameTracker();
    private final ByteRelay fromClient;
    private final ByteRelay fromUpstream;
    private boolean ending;

    /** Takes both connections over, the bytes already read included; the 101 has been written. */
    Tunnel(ClientConnection client, UpstreamConnection upstream, Runnable onActivity) {
        this.client = client;
        this.upstream = upstream;
        fromClient = new ByteRelay(upstream.channel(), onActivity, null);
        fromUpstream = new ByteRelay(client.channel(), onActivity, frames);
        // First both encoders go, then bytes may flow: those of one side are written to the other.
        upstream.tunnel(fromUpstream);
        client.tunnel(fromClient);
        client.unleash();
        upstream.unleash();
    }

    /** Says so to the client, once it can, and closes both connections soon. */
    void end(FaultKind why) {
        if (!ending) {
            ending = true;
            new Farewell(client.channel(), upstream, fromClient, fromUpstream, why).begin(frames.atBoundary());
        }
    }

    long bytesFromClient() {
        return fromClient.bytes();
    }

    long bytesFromUpstream() {
        return fromUpstream.bytes();
    }
}
