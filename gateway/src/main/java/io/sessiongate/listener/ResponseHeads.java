package io.sessiongate.listener;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sessiongate.flow.Answer;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.WebSocketKey;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** The fields of this hop in what is sent to the client: framing and {@code Connection}. Stateless. */
final class ResponseHeads {

    /** RFC 9110 section 5.6.7. */
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static final String EVENT_STREAM = "text/event-stream";

    private ResponseHeads() {}

    /** Whether a response has no body whatever its fields say (RFC 9112 section 6.3). */
    static boolean bodiless(int status, boolean headRequest) {
        return headRequest || status < 200 || status == 204 || status == 304;
    }

    /** Whether a 101 names the one protocol that is switched to. */
    static boolean webSocket(WireResponse head) {
        return head.count(FieldName.UPGRADE) == 1 && "websocket".equalsIgnoreCase(head.first(FieldName.UPGRADE));
    }

    /** Whether a 101 is the answer to that very request for a WebSocket (RFC 6455 section 4.1). */
    static boolean accepts(WireResponse head, WireRequest request) {
        String key = request.first("Sec-WebSocket-Key");
        String accept = head.first("Sec-WebSocket-Accept");
        return key != null && accept != null && accept.equals(WebSocketKey.accept(key));
    }

    /** Whether an answer is a stream of events (HTML standard, section 9.2), whatever parameters its type has. */
    static boolean events(WireResponse head) {
        FieldText type = head.text(FieldName.CONTENT_TYPE);
        int length = EVENT_STREAM.length();
        return type != null
                && type.startsWithIgnoreCase(EVENT_STREAM, 0)
                && (type.length() == length || ";\t ".indexOf(type.charAt(length)) >= 0);
    }

    /**
     * Frames an upstream's response for the client: by its length where it has one, else chunked, else, for HTTP/1.0,
     * by the end of the connection. Hop-by-hop fields have been removed.
     */
    static AnswerFraming frame(WireResponse head, boolean headRequest, boolean http10) {
        int status = head.status();
        if (status == 204) {
            head.remove(FieldName.CONTENT_LENGTH);
        }
        if (bodiless(status, headRequest)) {
            return AnswerFraming.BODILESS;
        }
        if (head.contains(FieldName.CONTENT_LENGTH)) {
            return AnswerFraming.DELIMITED;
        }
        if (http10) {
            return AnswerFraming.UNTIL_CLOSE;
        }
        head.set("Transfer-Encoding", "chunked");
        return AnswerFraming.CHUNKED;
    }

    /** Says whether the connection goes on, where the version's default says otherwise (RFC 9112 section 9.3). */
    static void connection(WireResponse head, boolean keep, boolean http10) {
        if (!keep) {
            head.set("Connection", "close");
        } else if (http10) {
            head.set("Connection", "keep-alive");
        }
    }

    /** The head of a response of ours whose body has so many bytes. */
    static WireResponse of(Answer answer, int length, HeadStorages storages) {
        WireResponse response = WireResponse.of(
                answer.status(), HttpResponseStatus.valueOf(answer.status()).reasonPhrase(), storages);
        for (Map.Entry<String, String> field : answer.fields()) {
            response.add(field.getKey(), field.getValue());
        }
        response.set("Date", HTTP_DATE.format(Instant.now()));
        if (!bodiless(answer.status(), false)) {
            response.set("Content-Length", Integer.toString(length));
        }
        return response;
    }
}
