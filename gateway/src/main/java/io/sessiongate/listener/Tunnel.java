package io.sessiongate.listener;

import io.sessiongate.http.FaultKind;

/** Bytes in both directions in place of HTTP, on one event loop and confined to it. */
interface Tunnel {

    /** The client takes more. */
    void onClientTaken();

    /** Both sides are over, or soon will be. */
    void close();

    /** Says so to the client, once it can, and ends both sides soon. */
    void end(FaultKind why);

    long bytesFromClient();

    long bytesFromUpstream();
}
