package io.sessiongate.upstream;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What Netty's decoder lets pass in an answer's framing and we do not (RFC 9112 section 6.3). A pure function of the
 * head; a sentence for the log, or null where all is well.
 */
final class ResponseFraming {

    private ResponseFraming() {}

    static @Nullable String flaw(HttpResponse head) {
        if (head.decoderResult().isFailure()) {
            return "the answer is not valid HTTP/1.1";
        }
        HttpVersion version = head.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return "the answer's HTTP version is not 1.0 or 1.1";
        }
        int status = head.status().code();
        if (status < 100 || status > 599) {
            return "the answer's status is not between 100 and 599";
        }
        List<String> codings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        boolean length = head.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            if (length) {
                return "the answer has both Content-Length and Transfer-Encoding";
            }
            if (codings.size() > 1
                    || !codings.get(0).strip().toLowerCase(Locale.ROOT).equals("chunked")) {
                return "the answer has a transfer coding other than chunked";
            }
        }
        if (length) {
            List<String> lengths = head.headers().getAll(HttpHeaderNames.CONTENT_LENGTH);
            if (lengths.size() > 1 || !digits(lengths.get(0))) {
                return "the answer's Content-Length is not one number";
            }
        }
        return null;
    }

    private static boolean digits(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Whether the connection may carry another request after this answer (RFC 9112 section 9.3). */
    static boolean keepsConnection(HttpResponse head, boolean bodiless) {
        boolean delimited = bodiless
                || head.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                || head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
        boolean http11 = head.protocolVersion().equals(HttpVersion.HTTP_1_1);
        return delimited
                && !head.headers().containsValue(HttpHeaderNames.CONNECTION, "close", true)
                && (http11 || head.headers().containsValue(HttpHeaderNames.CONNECTION, "keep-alive", true));
    }
}
