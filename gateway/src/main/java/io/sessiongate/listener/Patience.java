package io.sessiongate.listener;

import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.http.FaultKind;
import java.util.function.LongSupplier;

/**
 * What the exchange of a connection waits for at the moment, for how long, and whose fault it is when that is over. One a
 * connection, for one exchange after the other. Owns no timer: it sets the connection's {@link Deadline}. Confined to the
 * connection's event loop.
 */
final class Patience {

    private final ClientSide client;
    private final TimeoutsConfig timeouts;
    private final LongSupplier nanoTime;
    private final long nanosPerByte;
    private boolean forBody;
    private long bodySinceNanos;
    private long bodyNanos;
    private FaultKind lateness = FaultKind.UPSTREAM_TIMEOUT;
    private long roomBytes;

    /** Whether the client has said until when it waits. */
    private boolean ofCall;

    private long callEndsNanos;

    Patience(ClientSide client, TimeoutsConfig timeouts, LongSupplier nanoTime) {
        this.client = client;
        this.timeouts = timeouts;
        this.nanoTime = nanoTime;
        long rate = timeouts.requestBodyRate();
        // Where nothing is asked for, a byte is worth more time than there is.
        this.nanosPerByte = rate == 0 ? Long.MAX_VALUE / 2 : Math.max(1, 1_000_000_000L / rate);
    }

    /** Another exchange begins; nothing is waited for. */
    void begin() {
        forBody = false;
        bodyNanos = 0;
        lateness = FaultKind.UPSTREAM_TIMEOUT;
        roomBytes = 0;
        ofCall = false;
        client.deadline().clear();
    }

    /** Nothing of the wire's: the flow and the pool keep their own deadlines. */
    void rest() {
        bodyWaited();
        if (ofCall) {
            client.deadline().at(callEndsNanos);
        } else {
            client.deadline().clear();
        }
    }

    /**
     * The client waits so long, and has said so. That bounds everything; and what it gives more than the configuration is
     * given, as long as nothing is silent for longer than a stream may be.
     */
    void call(long sinceNanos, long nanos) {
        ofCall = true;
        callEndsNanos = sinceNanos + nanos;
    }

    /** Whether that time is over. */
    boolean callOver() {
        return ofCall && nanoTime.getAsLong() - callEndsNanos >= 0;
    }

    /** The answer is whole. */
    void callDone() {
        ofCall = false;
    }

    private void in(long nanos) {
        if (ofCall) {
            long now = nanoTime.getAsLong();
            client.deadline().at(now + Math.min(nanos, callEndsNanos - now));
        } else {
            client.deadline().in(nanos);
        }
    }

    /** So long, or where the client has said how long it waits, as long as a stream may be silent. */
    private long orSilent(long nanos) {
        return ofCall ? Math.max(nanos, timeouts.stream().toNanos()) : nanos;
    }

    /**
     * For what has to come while a request is sent: the answer once all is sent or the client waits to be told to send,
     * else the body if it could be passed on, else anything.
     */
    void whileSending(Upload upload, boolean continued, long answerNanos, boolean takesBody) {
        if (upload.done() || upload.awaitsContinue(continued)) {
            forAnswer(answerNanos);
        } else if (takesBody) {
            forBody(upload.bytes());
        } else {
            forProgress();
        }
    }

    /** For the head of the upstream's answer. */
    private void forAnswer(long nanos) {
        bodyWaited();
        lateness = FaultKind.UPSTREAM_TIMEOUT;
        in(orSilent(nanos));
    }

    /**
     * For the next piece of the request's body.
     *
     * @param bytes how much of it has come
     */
    private void forBody(long bytes) {
        bodyWaited();
        forBody = true;
        bodySinceNanos = nanoTime.getAsLong();
        lateness = FaultKind.REQUEST_TIMEOUT;
        long pauseNanos = timeouts.requestBody().toNanos();
        long earnedNanos = Math.min(bytes, Long.MAX_VALUE / 2 / nanosPerByte) * nanosPerByte;
        in(orSilent(pauseNanos + Math.min(0, earnedNanos - bodyNanos)));
    }

    /** Only waiting for the client counts, not for an application that takes the body slowly. */
    private void bodyWaited() {
        if (forBody) {
            forBody = false;
            bodyNanos += nanoTime.getAsLong() - bodySinceNanos;
        }
    }

    /** For anything to move, on either side. */
    void forProgress() {
        bodyWaited();
        lateness = FaultKind.UPSTREAM_TIMEOUT;
        roomBytes = client.out().bytesBeforeWritable();
        in(timeouts.stream().toNanos());
    }

    /** Whether the client, though it never made room for more, took some of what was waiting for it. */
    boolean clientReads() {
        return client.out().bytesBeforeWritable() < roomBytes;
    }

    /** Whose fault it is that nothing came. */
    FaultKind lateness() {
        return lateness;
    }

    /** The same once an answer is under way: a client that leaves no room to write is as good as gone. */
    FaultKind latenessOfStream() {
        return client.out().isWritable() ? lateness : FaultKind.CLIENT_GONE;
    }
}
