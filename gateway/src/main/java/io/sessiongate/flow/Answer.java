package io.sessiongate.flow;

import io.sessiongate.http.FaultKind;
import java.util.List;
import java.util.Map;

/**
 * A whole response made by the gateway.
 *
 * @param kind the fault behind it
 * @param fields header fields in order, without {@code Content-Length}, {@code Connection} and {@code Date}
 * @param body text, sent as UTF-8
 */
public record Answer(int status, FaultKind kind, List<Map.Entry<String, String>> fields, String body) {
    public Answer {
        fields = List.copyOf(fields);
    }
}
