package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.Http2ResponseReader;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one stream after the other: shows its head, its body and its end to who asks, as long as its connection awaits
 * it. What is wrong with it is returned as a sentence for the log. Confined to the connection's event loop.
 */
final class Http2Answer {

    private static final String WRONG_LENGTH = "the answer's body is not as long as its Content-Length";

    private final UpstreamConnection connection;
    private final Http2ResponseReader reader;
    private @Nullable UpstreamEvents asking;
    private boolean headRequest;
    private boolean headRead;

    /** None is waited for. */
    private boolean over = true;

    /** What is missing of the body; negative where that is not known. */
    private long left;

    Http2Answer(UpstreamConnection connection, int headBytes, HeadStorages storages) {
        this.connection = connection;
        this.reader = new Http2ResponseReader(headBytes, UpstreamConnection.MOST_FIELDS, storages);
    }

    /** That of another request is awaited. */
    void begin(WireRequest request, @Nullable UpstreamEvents receiver) {
        asking = receiver;
        headRequest = request.method().equals("HEAD");
        headRead = false;
        over = false;
    }

    /** Whether something of it may come. */
    boolean awaited() {
        return receiver() != null;
    }

    private @Nullable UpstreamEvents receiver() {
        UpstreamEvents receiver = asking;
        return !over && receiver != null && connection.awaits(receiver) ? receiver : null;
    }

    /** Whether its head has come. */
    boolean begun() {
        return headRead;
    }

    /** A header block of it came. */
    @Nullable String block(byte[] block, int from, int to, boolean ends) {
        UpstreamEvents receiver = receiver();
        if (receiver == null) {
            return "an answer came that nobody waits for";
        }
        connection.seen();
        try {
            if (headRead) {
                return trailers(reader.readTrailers(block, from, to), ends, receiver);
            }
            String flaw = reader.readHead(block, from, to);
            return flaw == null ? head(reader.head(), ends, receiver) : flaw;
        } finally {
            reader.release();
        }
    }

    private @Nullable String head(WireResponse head, boolean ends, UpstreamEvents receiver) {
        int status = head.status();
        String flaw = ResponseFraming.flaw(head);
        if (flaw != null) {
            return flaw;
        }
        if (status < 200) {
            if (status == 101 || ends) {
                return "an interim answer ends the stream or switches protocols";
            }
            receiver.onInterim(head);
            return null;
        }
        boolean bodiless = headRequest || status == 204 || status == 304;
        left = bodiless ? 0 : head.number(FieldName.CONTENT_LENGTH);
        if (ends && left > 0) {
            return WRONG_LENGTH;
        }
        if (ends && left < 0) {
            // So that whoever passes it on knows that nothing follows: gRPC takes an empty body for a broken one.
            head.add("Content-Length", "0");
        }
        headRead = true;
        connection.judge(status);
        receiver.onHead(head);
        if (ends) {
            ended(receiver, null);
        }
        return null;
    }

    private @Nullable String trailers(@Nullable String flaw, boolean ends, UpstreamEvents receiver) {
        if (flaw != null) {
            return flaw;
        }
        if (!ends) {
            return "the fields behind the answer do not end it";
        }
        if (left > 0) {
            return WRONG_LENGTH;
        }
        ended(receiver, reader.trailers());
        return null;
    }

    private void ended(UpstreamEvents receiver, @Nullable WireTrailers trailers) {
        over = true;
        // Behind this the connection may already carry another request.
        connection.ended(receiver, trailers);
    }

    /** So much of its body follows. */
    @Nullable String data(int bytes) {
        if (!headRead || !awaited()) {
            return "data came that belongs to no answer";
        }
        if (left >= 0) {
            left -= bytes;
            return left < 0 ? WRONG_LENGTH : null;
        }
        return null;
    }

    /** A piece of its body, which is taken over. */
    void piece(ByteBuf piece) {
        UpstreamEvents receiver = receiver();
        if (receiver == null) {
            piece.release();
        } else {
            receiver.onBody(piece);
        }
    }

    /** It ends without trailers. */
    @Nullable String end() {
        UpstreamEvents receiver = receiver();
        if (receiver == null) {
            return null;
        }
        if (left > 0) {
            return WRONG_LENGTH;
        }
        ended(receiver, null);
        return null;
    }

    /** Shows nothing more. */
    void stop() {
        over = true;
    }

    /** Gives its memory back. */
    void close() {
        over = true;
        asking = null;
        reader.release();
    }
}
