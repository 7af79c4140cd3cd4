package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;

/** What becomes of a request. */
public sealed interface Decision {

    /**
     * Send it to the route's upstream. The head carries what the application may see: hop-by-hop and spoofable fields
     * removed, identity, forwarding and request-id fields written; framing fields are the relay's to write.
     */
    record Forward(RouteConfig route) implements Decision {}

    /** Answer it here. */
    record Reply(Answer answer) implements Decision {}
}
