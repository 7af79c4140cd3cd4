package io.sessiongate.upstream;

import io.sessiongate.http.BodyReader;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.WireResponse;
import org.jspecify.annotations.Nullable;

/**
 * Where the body of an answer ends, and whether it says so in one way only (RFC 9112 section 6.3). A pure function of the
 * head.
 */
final class ResponseFraming {

    private ResponseFraming() {}

    /** What is wrong with it, a sentence for the log; null where all is well. */
    static @Nullable String flaw(WireResponse head) {
        int status = head.status();
        if (status < 100 || status > 599) {
            return "the answer's status is not between 100 and 599";
        }
        int lengths = head.count(FieldName.CONTENT_LENGTH);
        if (head.contains(FieldName.TRANSFER_ENCODING)) {
            if (lengths > 0) {
                return "the answer has both Content-Length and Transfer-Encoding";
            }
            if (head.count(FieldName.TRANSFER_ENCODING) > 1
                    || !"chunked".equalsIgnoreCase(head.first(FieldName.TRANSFER_ENCODING))) {
                return "the answer has a transfer coding other than chunked";
            }
            if (head.http10()) {
                return "the answer is of HTTP/1.0 and has a transfer coding";
            }
        }
        if (lengths > 1 || (lengths == 1 && head.number(FieldName.CONTENT_LENGTH) < 0)) {
            return "the answer's Content-Length is not one number";
        }
        return null;
    }

    /** The length of the body of a final answer in order, as {@link BodyReader} has it. */
    static long length(WireResponse head, boolean headRequest) {
        int status = head.status();
        if (headRequest || status == 204 || status == 304) {
            return 0;
        }
        if (head.contains(FieldName.TRANSFER_ENCODING)) {
            return BodyReader.CHUNKED;
        }
        return head.contains(FieldName.CONTENT_LENGTH) ? head.number(FieldName.CONTENT_LENGTH) : BodyReader.UNTIL_CLOSE;
    }

    /** Whether the connection may carry another request after this answer (RFC 9112 section 9.3). */
    static boolean keepsConnection(WireResponse head, long length) {
        return length != BodyReader.UNTIL_CLOSE
                && !head.lists(FieldName.CONNECTION, "close")
                && (!head.http10() || head.lists(FieldName.CONNECTION, "keep-alive"));
    }
}
