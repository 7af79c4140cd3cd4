package io.sessiongate.flow;

import io.sessiongate.http.FaultKind;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended, as the listener saw it.
 *
 * @param status status sent to the client; 499 where it left before any
 * @param fault what went wrong, or null; may stand beside a 200 whose body was cut
 * @param upstream {@code host:port} of the server that answered, or null
 * @param requestBodyBytes and {@code responseBodyBytes}: payload, without framing
 * @param answerNanos from sending the request upstream to the head of its answer, or -1
 */
public record Completion(
        int status,
        @Nullable FaultKind fault,
        @Nullable String upstream,
        long requestBodyBytes,
        long responseBodyBytes,
        long answerNanos) {}
