package io.sessiongate.listener;

import io.sessiongate.http.BodyReader;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.WireRequest;

/**
 * What a request's head says about its connection, recorded before the flow changes the head: where its body ends,
 * whether the connection goes on, and what else was asked of this hop.
 *
 * @param length {@code Content-Length}, 0 where there is no body, or {@link BodyReader#CHUNKED}
 * @param lengthGiven whether {@code Content-Length} was there, if only as 0
 * @param webSocket whether the client wants to switch to WebSocket, the one upgrade that is passed on: {@code h2c} would
 *     let requests pass unjudged
 * @param expectsContinue whether the client waits for a 100 before it sends its body
 * @param takesTrailers whether the client said {@code TE: trailers}
 */
record Framing(
        long length,
        boolean lengthGiven,
        boolean http10,
        boolean keepAlive,
        boolean webSocket,
        boolean expectsContinue,
        boolean takesTrailers) {

    private static final Framing UNKNOWN = new Framing(BodyReader.CHUNKED, false, false, false, false, false, false);
    private static final Framing UNKNOWN_10 = new Framing(BodyReader.CHUNKED, false, true, false, false, false, false);

    /** What most requests are: no body, and the connection goes on. */
    private static final Framing PLAIN = new Framing(0, false, false, true, false, false, false);

    /** Of a head that was refused: nothing behind it can be understood. */
    static Framing unknown(boolean http10) {
        return http10 ? UNKNOWN_10 : UNKNOWN;
    }

    /** Reads a head that {@link HeadRules} has found in order. */
    static Framing of(WireRequest head) {
        boolean http10 = head.http10();
        boolean chunked = head.contains(FieldName.TRANSFER_ENCODING);
        boolean given = head.contains(FieldName.CONTENT_LENGTH);
        long length = chunked ? BodyReader.CHUNKED : given ? head.number(FieldName.CONTENT_LENGTH) : 0;
        boolean connection = head.contains(FieldName.CONNECTION);
        boolean close = connection && head.lists(FieldName.CONNECTION, "close");
        boolean keepAlive = !close && (!http10 || (connection && head.lists(FieldName.CONNECTION, "keep-alive")));
        boolean webSocket = connection
                && !http10
                && length == 0
                && head.method().equals("GET")
                && head.lists(FieldName.CONNECTION, "upgrade")
                && head.count(FieldName.UPGRADE) == 1
                && "websocket".equalsIgnoreCase(head.first(FieldName.UPGRADE));
        boolean expects = !http10 && length != 0 && head.contains(FieldName.EXPECT);
        boolean trailers = !http10 && head.lists(FieldName.TE, "trailers");
        boolean plain = !given && length == 0 && !http10 && keepAlive && !webSocket && !expects && !trailers;
        return plain ? PLAIN : new Framing(length, given, http10, keepAlive, webSocket, expects, trailers);
    }

    boolean hasBody() {
        return length != 0;
    }

    boolean chunked() {
        return length == BodyReader.CHUNKED;
    }

    /**
     * Writes what this hop needs into a head on its way upstream: exactly the framing that was received, never two, and
     * the upgrade if one was wished. What the flow left of these fields is replaced.
     */
    void writeTo(WireRequest head) {
        head.remove(FieldName.TRANSFER_ENCODING);
        if (chunked()) {
            head.remove(FieldName.CONTENT_LENGTH);
            head.add("Transfer-Encoding", "chunked");
        } else if (!lengthGiven) {
            head.remove(FieldName.CONTENT_LENGTH);
        } else if (!isAlone(head)) {
            head.set("Content-Length", Long.toString(length));
        }
        head.remove(FieldName.EXPECT);
        if (expectsContinue) {
            head.add("Expect", "100-continue");
        }
        if (webSocket) {
            head.set("Connection", "upgrade");
            head.set("Upgrade", "websocket");
        } else if (takesTrailers) {
            head.set("Connection", "te");
            head.set("TE", "trailers");
        }
    }

    /** Whether the received length is still there as it was, and can stay where it is. */
    private boolean isAlone(WireRequest head) {
        FieldText text = head.text(FieldName.CONTENT_LENGTH);
        return head.count(FieldName.CONTENT_LENGTH) == 1
                && head.number(FieldName.CONTENT_LENGTH) == length
                && text != null
                && (text.length() == 1 || text.charAt(0) != '0');
    }
}
