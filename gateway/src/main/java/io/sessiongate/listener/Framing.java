package io.sessiongate.listener;

import io.sessiongate.http.BodyReader;
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

    /** Of a head that was refused: nothing behind it can be understood. */
    static Framing unknown(boolean http10) {
        return new Framing(BodyReader.CHUNKED, false, http10, false, false, false, false);
    }

    /** Reads a head that {@link HeadRules} has found in order. */
    static Framing of(WireRequest head) {
        boolean http10 = head.http10();
        boolean chunked = head.contains("transfer-encoding");
        String given = head.first("content-length");
        long length = chunked ? BodyReader.CHUNKED : given == null ? 0 : Long.parseLong(given);
        boolean connection = head.contains("connection");
        boolean close = connection && head.lists("connection", "close");
        boolean keepAlive = !close && (!http10 || (connection && head.lists("connection", "keep-alive")));
        boolean webSocket = connection
                && !http10
                && length == 0
                && head.method().equals("GET")
                && head.lists("connection", "upgrade")
                && head.count("upgrade") == 1
                && "websocket".equalsIgnoreCase(head.first("upgrade"));
        boolean expects = !http10 && length != 0 && head.contains("expect");
        boolean trailers = !http10 && head.lists("te", "trailers");
        return new Framing(length, given != null, http10, keepAlive, webSocket, expects, trailers);
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
        head.remove("transfer-encoding");
        if (chunked()) {
            head.remove("content-length");
            head.add("Transfer-Encoding", "chunked");
        } else if (!lengthGiven) {
            head.remove("content-length");
        } else if (!isAlone(head)) {
            head.set("Content-Length", Long.toString(length));
        }
        head.remove("expect");
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
        return head.count("content-length") == 1 && Long.toString(length).equals(head.first("content-length"));
    }
}
