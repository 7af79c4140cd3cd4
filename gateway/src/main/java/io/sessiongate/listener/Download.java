package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.flow.Answer;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.Trailers;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer's half of an exchange: what was written to the client, where its body ends, and whether the connection goes
 * on behind it. One a connection, for one exchange after the other. Confined to the client connection's event loop.
 *
 * <p>Of interim answers (1xx, RFC 9110 section 15.2) none is passed on to HTTP/1.0, a 100 once and only where it was asked
 * for, others up to {@value #MOST_INTERIMS}.
 */
final class Download {

    private static final int MOST_INTERIMS = 16;

    private final ClientSide client;
    private boolean headRequest;
    private boolean http10;
    private int interims;
    private boolean continued;
    private boolean keep;
    private boolean closeDelimited;
    private long bytes;

    Download(ClientSide client) {
        this.client = client;
    }

    /** Another exchange begins: an answer behind which the connection ends, until {@link #keepAlive} says otherwise. */
    void begin(boolean forHead, boolean forHttp10) {
        headRequest = forHead;
        http10 = forHttp10;
        interims = 0;
        continued = false;
        keep = false;
        closeDelimited = false;
        bytes = 0;
    }

    /** Whether the client wishes the connection to go on. */
    void keepAlive(boolean wished) {
        keep = wished;
    }

    /** The connection ends behind the answer. */
    void close() {
        keep = false;
    }

    boolean keeps() {
        return keep;
    }

    /** Whether only the end of the connection ends the body. */
    boolean closeDelimited() {
        return closeDelimited;
    }

    /** Whether the client has been told to send its body. */
    boolean continued() {
        return continued;
    }

    long bytes() {
        return bytes;
    }

    /** Passes an interim answer on, or drops it. */
    void interim(WireResponse interim, boolean expectsContinue) {
        boolean isContinue = interim.status() == 100;
        boolean wanted = !isContinue || (expectsContinue && !continued);
        if (http10 || !wanted || ++interims > MOST_INTERIMS) {
            return;
        }
        continued |= isContinue;
        HopByHop.strip(interim);
        // It has no body, whatever it says, and must not say so (RFC 9110 section 8.6).
        interim.remove(FieldName.CONTENT_LENGTH);
        client.out().interim(interim);
    }

    /**
     * The head of the upstream's answer, rid of hop-by-hop fields.
     *
     * @param unread whether a rest of the request's body will not be read
     */
    void head(WireResponse answer, boolean unread) {
        AnswerFraming framing = client.out().frame(answer, headRequest, http10);
        closeDelimited = framing == AnswerFraming.UNTIL_CLOSE;
        keep = keep && !closeDelimited && !unread && !client.ends();
        client.out().head(answer, framing, keep, http10);
    }

    /** Drops the answer begun with {@link #head}, so that another can be given; false where some of it may have left. */
    boolean takeBack() {
        if (!client.out().takeBack()) {
            return false;
        }
        closeDelimited = false;
        bytes = 0;
        return true;
    }

    /** A piece of the answer's body, which is taken over. */
    void body(ByteBuf piece) {
        bytes += piece.readableBytes();
        client.out().body(piece);
    }

    /** The end of the answer's body. */
    void end(@Nullable WireTrailers trailers) {
        if (trailers != null) {
            trailers.removeNames(Trailers::forbidden);
        }
        client.out().end(trailers);
    }

    /** The answer behind which there is no HTTP any more. */
    void switching(WireResponse answer) {
        answer.remove(FieldName.CONTENT_LENGTH);
        client.out().switching(answer);
    }

    /**
     * A whole answer of ours.
     *
     * @param droppable whether the rest of the request's body, if any, can be read and dropped
     */
    void whole(Answer answer, boolean droppable) {
        keep = keep && !client.ends() && droppable;
        byte[] text = answer.body().getBytes(StandardCharsets.UTF_8);
        boolean bodiless = ResponseHeads.bodiless(answer.status(), headRequest);
        WireResponse head =
                ResponseHeads.of(answer, text.length, client.shared().storages());
        client.out().head(head, bodiless ? AnswerFraming.BODILESS : AnswerFraming.DELIMITED, keep, http10);
        head.release(client.shared().storages());
        if (!bodiless) {
            bytes = text.length;
            client.out().body(Unpooled.wrappedBuffer(text));
        }
        client.out().end(null);
    }
}
