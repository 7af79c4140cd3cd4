package io.sessiongate.listener;

import io.sessiongate.upstream.UpstreamConnection;

/** An upgraded connection: two relays of bytes on one event loop, in place of HTTP. */
final class Tunnel {

    private final ByteRelay fromClient;
    private final ByteRelay fromUpstream;

    /** Takes both connections over, the bytes already read included; the 101 has been written. */
    Tunnel(ClientConnection client, UpstreamConnection upstream, Runnable onActivity) {
        fromClient = new ByteRelay(upstream.channel(), onActivity);
        fromUpstream = new ByteRelay(client.channel(), onActivity);
        // First both encoders go, then bytes may flow: those of one side are written to the other.
        upstream.tunnel(fromUpstream);
        client.tunnel(fromClient);
        client.unleash();
        upstream.unleash();
    }

    long bytesFromClient() {
        return fromClient.bytes();
    }

    long bytesFromUpstream() {
        return fromUpstream.bytes();
    }
}
