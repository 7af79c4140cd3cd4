package io.sessiongate.listener;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;

/**
 * What a request's head says about its connection, recorded before the flow changes the head: where its body ends,
 * whether the connection goes on, and what else was asked of this hop.
 *
 * @param length {@code Content-Length}, 0 where there is no body, or {@link #CHUNKED}
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

    static final long CHUNKED = -1;

    /** Of a head that was refused: nothing behind it can be understood. */
    static Framing unknown(boolean http10) {
        return new Framing(CHUNKED, false, http10, false, false, false, false);
    }

    /** Reads a head that {@link HeadRules} has found in order. */
    static Framing of(HttpRequest head) {
        HttpHeaders headers = head.headers();
        boolean http10 = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        String given = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        long length = chunked ? CHUNKED : given == null ? 0 : Long.parseLong(given);
        boolean connection = headers.contains(HttpHeaderNames.CONNECTION);
        boolean close = connection && names(headers, HttpHeaderValues.CLOSE);
        boolean keepAlive = !close && (!http10 || (connection && names(headers, HttpHeaderValues.KEEP_ALIVE)));
        boolean webSocket = connection
                && !http10
                && length == 0
                && head.method().name().equals("GET")
                && names(headers, HttpHeaderValues.UPGRADE)
                && webSocketAlone(headers);
        boolean expects = !http10 && length != 0 && headers.contains(HttpHeaderNames.EXPECT);
        boolean trailers = !http10 && headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
        return new Framing(length, given != null, http10, keepAlive, webSocket, expects, trailers);
    }

    private static boolean names(HttpHeaders headers, CharSequence option) {
        return headers.containsValue(HttpHeaderNames.CONNECTION, option, true);
    }

    private static boolean webSocketAlone(HttpHeaders headers) {
        var protocols = headers.getAll(HttpHeaderNames.UPGRADE);
        return protocols.size() == 1
                && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(
                        protocols.get(0).strip());
    }

    /** Whether the received field is still there as it was, and can stay where it is. */
    private boolean alone(List<String> lengths) {
        return lengths.size() == 1 && lengths.get(0).equals(Long.toString(length));
    }

    boolean hasBody() {
        return length != 0;
    }

    /**
     * Writes what this hop needs into a head on its way upstream: exactly the framing that was received, never two, and
     * the upgrade if one was wished. What the flow left of these fields is replaced.
     */
    void writeTo(HttpRequest head) {
        HttpHeaders headers = head.headers();
        head.setProtocolVersion(HttpVersion.HTTP_1_1);
        if (length == CHUNKED) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else {
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
            if (lengthGiven) {
                if (!alone(headers.getAll(HttpHeaderNames.CONTENT_LENGTH))) {
                    headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
                }
            } else {
                headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            }
        }
        if (expectsContinue) {
            headers.set(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE);
        } else {
            headers.remove(HttpHeaderNames.EXPECT);
        }
        if (webSocket) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        } else if (takesTrailers) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderNames.TE);
            headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
    }
}
