package io.sessiongate.listener;

import io.sessiongate.flow.Completion;
import io.sessiongate.http.FaultKind;
import org.jspecify.annotations.Nullable;

/** What is known of an exchange when it is over. One a connection, for one exchange after the other. Confined to the connection's event loop. */
final class Outcome {

    int status;

    @Nullable FaultKind fault;

    @Nullable String server;

    long requestBytes;
    long responseBytes;
    long answerNanos = -1;

    /** Another exchange begins. */
    void begin() {
        status = 0;
        fault = null;
        server = null;
        requestBytes = 0;
        responseBytes = 0;
        answerNanos = -1;
    }

    /** The first fault stands: what follows from it is no fault of its own. */
    void blame(FaultKind kind) {
        fault = fault == null ? kind : fault;
    }

    Completion completion() {
        int shown = status == 0 ? FaultKind.CLIENT_GONE.status() : status;
        return new Completion(shown, fault, server, requestBytes, responseBytes, answerNanos);
    }
}
