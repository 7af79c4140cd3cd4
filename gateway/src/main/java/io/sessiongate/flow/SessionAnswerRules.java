package io.sessiongate.flow;

import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.token.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which questions about a session have one answer for everyone with its token, and which answers are kept. Stateless. */
final class SessionAnswerRules {

    /** Would make the answer another one: another site's, a part, or none. */
    private static final String[] PECULIAR = {
        "Origin", "Range", "If-Match", "If-Unmodified-Since", "If-Range", "Transfer-Encoding", "Upgrade",
    };

    /** A client that has an answer is not to be told so: it is for all of them. Nor is one compressed for all. */
    private static final String[] TAKEN_OUT = {"Accept-Encoding", "If-None-Match", "If-Modified-Since"};

    /** Of this answer alone, or of this hop, or set anew. */
    private static final Set<String> NOT_KEPT = Set.of(
            "ratelimit",
            "ratelimit-policy",
            "set-cookie",
            "set-cookie2",
            "content-length",
            "transfer-encoding",
            "trailer",
            "connection",
            "date",
            "age",
            "expires",
            "etag",
            "last-modified",
            "accept-ranges",
            "via",
            "x-request-id",
            "server-timing",
            "strict-transport-security");

    private SessionAnswerRules() {}

    static boolean canBeKept(RequestHead head) {
        for (String name : PECULIAR) {
            if (head.first(name) != null) {
                return false;
            }
        }
        @Nullable String length = head.first("Content-Length");
        return (length == null || length.equals("0")) && head.target().indexOf('?') < 0;
    }

    static void makePlain(RequestHead head) {
        for (String name : TAKEN_OUT) {
            head.remove(name);
        }
    }

    static boolean canBeKept(ResponseHead head) {
        @Nullable String type = head.first("Content-Type");
        @Nullable String vary = head.first("Vary");
        return head.status() == 200
                && type != null
                && type.toLowerCase(Locale.ROOT).startsWith("application/json")
                && head.first("Content-Encoding") == null
                && (vary == null || vary.indexOf('*') < 0);
    }

    static List<Map.Entry<String, String>> fields(ResponseHead head) {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        head.forEach((name, value) -> {
            if (!NOT_KEPT.contains(name.toString().toLowerCase(Locale.ROOT))) {
                fields.add(Map.entry(name.toString(), value.toString()));
            }
        });
        return fields;
    }

    /** Whether it speaks of somebody: to {@code null} and {@code {}} the application sees nobody signed in. */
    static boolean speaksOfSomebody(byte[] json) {
        try {
            return !StrictJson.object(json).isEmpty();
        } catch (RuntimeException e) {
            return false; // cut, or not what it says it is
        }
    }
}
