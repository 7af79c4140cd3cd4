package io.sessiongate.listener;

import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.http.FaultKind;

/**
 * What an exchange waits for at the moment, for how long, and whose fault it is when that is over. Owns no timer: it
 * sets the connection's {@link Deadline}. Confined to the connection's event loop.
 */
final class Patience {

    private final ClientConnection client;
    private final TimeoutsConfig timeouts;
    private FaultKind lateness = FaultKind.UPSTREAM_TIMEOUT;
    private long roomBytes;

    Patience(ClientConnection client, TimeoutsConfig timeouts) {
        this.client = client;
        this.timeouts = timeouts;
    }

    /** Nothing of the wire's: the flow and the pool keep their own deadlines. */
    void rest() {
        client.deadline().clear();
    }

    /** For the head of the upstream's answer. */
    void forAnswer(long nanos) {
        lateness = FaultKind.UPSTREAM_TIMEOUT;
        client.deadline().in(nanos);
    }

    /** For the next piece of the request's body. */
    void forBody() {
        lateness = FaultKind.REQUEST_TIMEOUT;
        client.deadline().in(timeouts.requestBody().toNanos());
    }

    /** For anything to move, on either side. */
    void forProgress() {
        lateness = FaultKind.UPSTREAM_TIMEOUT;
        roomBytes = client.channel().bytesBeforeWritable();
        client.deadline().in(timeouts.stream().toNanos());
    }

    /** Whether the client, though it never made room for more, took some of what was waiting for it. */
    boolean clientReads() {
        return client.channel().bytesBeforeWritable() < roomBytes;
    }

    /** Whose fault it is that nothing came. */
    FaultKind lateness() {
        return lateness;
    }

    /** The same once an answer is under way: a client that leaves no room to write is as good as gone. */
    FaultKind latenessOfStream() {
        return client.isWritable() ? lateness : FaultKind.CLIENT_GONE;
    }
}
