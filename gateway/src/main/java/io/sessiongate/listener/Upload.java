package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.Trailers;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.upstream.Loss;
import io.sessiongate.upstream.UpstreamConnection;
import io.sessiongate.upstream.UpstreamEvents;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The request's half of an exchange: what its head says of the body, and how much of it was passed on. One a connection, for
 * one exchange after the other. Confined to the client connection's event loop.
 */
final class Upload {

    /** RFC 9110 section 9.2.2. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    private final ClientSide client;
    private final Wiring wiring;
    private Framing framing = Framing.unknown(false);
    private boolean idempotent;
    private boolean done;
    private long bytes;
    private @Nullable Backlog backlog;

    Upload(ClientSide client, Wiring wiring) {
        this.client = client;
        this.wiring = wiring;
    }

    /** Another exchange begins, of a head that is not judged yet. */
    void begin(boolean http10) {
        framing = Framing.unknown(http10);
        idempotent = false;
        done = false;
        bytes = 0;
        close();
    }

    /** Records the framing of a head in order, before the flow changes the head. */
    void expect(WireRequest head) {
        framing = Framing.of(head);
        done = !framing.hasBody();
        idempotent = IDEMPOTENT.contains(head.method());
    }

    Framing framing() {
        return framing;
    }

    /** Whether the last byte was passed on. */
    boolean done() {
        return done;
    }

    long bytes() {
        return bytes;
    }

    /** Whether a part of the body is not even here, so that the client decides when the request is through. */
    boolean coming() {
        return !done && !client.bodyHere(framing.length() - bytes, !framing.chunked());
    }

    /** Writes the head, and its end, where it has no body; or from here on the body as it comes. */
    void begin(UpstreamConnection to, WireRequest head, UpstreamEvents events) {
        if (!head.contains(FieldName.HOST)) {
            // HTTP/1.0 without one; HTTP/1.1, which we speak, needs it.
            head.add("Host", to.authority());
        }
        to.begin(head, framing.chunked(), framing.webSocket(), events);
        if (done) {
            to.end(null);
        } else {
            client.resumeBody();
        }
    }

    /** Whether a piece of the body would be passed on at once. */
    boolean flows(UpstreamConnection to) {
        return !done && to.isWritable() && (backlog == null || backlog.takesMore());
    }

    /**
     * What was passed on has been flushed.
     *
     * @param events are told when the upstream has taken it
     */
    void settle(UpstreamConnection to, Backlog.Events events) {
        int held = to.held();
        if (backlog == null
                && (held > 0 || Backlog.waits(to.channel(), client.shared().books()))) {
            backlog = new Backlog(to.channel(), client.shared().books(), events);
        }
        if (backlog != null) {
            backlog.held(held);
            backlog.settle();
            if (!done && !flows(to)) {
                client.pauseBody();
            }
        }
    }

    /** The upstream may have taken what was held back for it, after which the client is read again in another turn. */
    void settleHeld(UpstreamConnection to) {
        if (backlog != null) {
            backlog.held(to.held());
        }
    }

    /** No more is passed on to that upstream. */
    void close() {
        if (backlog != null) {
            backlog.close();
            backlog = null;
        }
    }

    /** Takes a piece over and passes it on, or says why nothing behind it can be. */
    @Nullable FaultKind pass(ByteBuf piece, UpstreamConnection to) {
        bytes += piece.readableBytes();
        if (bytes > wiring.limits().requestBodyBytes()) {
            piece.release();
            return FaultKind.BODY_TOO_LARGE;
        }
        to.write(piece);
        if (!flows(to)) {
            client.pauseBody();
        }
        return null;
    }

    /** The body is over; of the fields behind it those are passed on that may be. */
    void end(@Nullable WireTrailers trailers, UpstreamConnection to) {
        done = true;
        if (trailers != null) {
            trailers.removeNames(name ->
                    Trailers.forbidden(name) || !wiring.requestTrailers().test(name));
        }
        to.end(trailers);
    }

    /** Whether the client waits for a 100 and has sent nothing of its body. */
    boolean awaitsContinue(boolean continued) {
        return framing.expectsContinue() && !continued && bytes == 0;
    }

    /**
     * Whether the request could be sent again: it was not looked at, or does no more twice than once, and no byte of a body is
     * gone.
     */
    boolean repeatable(Loss loss) {
        return (idempotent || loss == Loss.UNPROCESSED) && bytes == 0 && (!framing.hasBody() || !done);
    }

    /**
     * Whether the connection ends behind an answer that comes before the body is through: a refusal, which nobody needs the
     * rest for, and any other where the rest may be too much to be read and dropped. It must be said with the head, or the
     * client sends its next request into a connection that closes.
     */
    boolean unread(int status) {
        return !done && (status >= 400 || !droppable());
    }

    /** Whether what the client still sends is little enough to be read and dropped, so that its connection goes on. */
    boolean droppable() {
        boolean little = framing.chunked() || framing.length() - bytes <= Intake.DRAINED_BYTES;
        return done || (little && !framing.expectsContinue());
    }
}
