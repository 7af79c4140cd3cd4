package io.sessiongate.flow;

import io.sessiongate.http.FaultKind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole response made by the gateway.
 *
 * @param kind the fault behind it; null where there is none, and the answer is one that the application gave before
 * @param fields header fields in order, without {@code Content-Length}, {@code Connection} and {@code Date}
 * @param body text, sent as UTF-8
 */
public record Answer(int status, @Nullable FaultKind kind, List<Map.Entry<String, String>> fields, String body) {
    public Answer {
        fields = List.copyOf(fields);
    }
}
