package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.sessiongate.flow.Answer;
import java.nio.charset.StandardCharsets;
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
    static boolean webSocket(HttpResponse head) {
        return head.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /** Whether an answer is a stream of events (HTML standard, section 9.2), whatever parameters its type has. */
    static boolean events(HttpResponse head) {
        String type = head.headers().get(HttpHeaderNames.CONTENT_TYPE);
        int length = EVENT_STREAM.length();
        return type != null
                && type.regionMatches(true, 0, EVENT_STREAM, 0, length)
                && (type.length() == length || ";\t ".indexOf(type.charAt(length)) >= 0);
    }

    /**
     * Frames an upstream's response for the client: by its length where it has one, else chunked, else, for HTTP/1.0,
     * by the end of the connection. Hop-by-hop fields have been removed.
     *
     * @return whether only the end of the connection ends the body
     */
    static boolean frame(HttpResponse head, boolean headRequest, boolean http10) {
        HttpHeaders headers = head.headers();
        int status = head.status().code();
        head.setProtocolVersion(HttpVersion.HTTP_1_1);
        if (status == 204) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        if (bodiless(status, headRequest) || headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            return false;
        }
        if (http10) {
            return true;
        }
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        return false;
    }

    /** Says whether the connection goes on, where the version's default says otherwise (RFC 9112 section 9.3). */
    static void connection(HttpResponse head, boolean keep, boolean http10) {
        if (!keep) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (http10) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** A whole response of ours. */
    static FullHttpResponse of(Answer answer, boolean keep, boolean http10) {
        byte[] text = answer.body().getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.wrappedBuffer(text);
        HttpResponseStatus status = HttpResponseStatus.valueOf(answer.status());
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        HttpHeaders headers = response.headers();
        for (Map.Entry<String, String> field : answer.fields()) {
            headers.add(field.getKey(), field.getValue());
        }
        headers.set(HttpHeaderNames.DATE, HTTP_DATE.format(Instant.now()));
        if (!bodiless(answer.status(), false)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(text.length));
        }
        connection(response, keep, http10);
        return response;
    }
}
