package io.sessiongate.listener;

import io.sessiongate.flow.Peer;

/** A client's connection, as those see it who count and end it. */
interface OpenConnection {

    /** The other end. Its address stays the same whatever speaks on the connection. */
    Peer peer();

    /** From any thread: closes if no request is under way and none comes for a second; else the answers under way are the last. */
    void drain();

    /** From any thread. */
    void closeNow();
}
