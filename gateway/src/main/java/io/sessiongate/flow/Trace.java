package io.sessiongate.flow;

import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeaderFields;

/**
 * A request's place in its trace, and the times that its spans need beside those of the request. Confined to the request's
 * loop.
 */
final class Trace {

    static final FieldName PARENT = FieldName.of("traceparent");
    static final FieldName STATE = FieldName.of("tracestate");

    /** The trace, and the caller's span where the trace is gone on with. */
    final TraceParent parent;

    /** Whether {@link #parent} came with the request; else its span id means nothing. */
    final boolean continued;

    /** Whether there will be spans. */
    final boolean sampled;

    /** Of the request here. */
    final long serverSpan;

    /** Of the request to the application, which is told it. */
    final long clientSpan;

    /** Whether the application was asked. */
    boolean forwarded;

    /** When the session was asked for and when the verdict came; 0 where neither was, or nobody looks. */
    long askedNanos;

    long checkedNanos;

    /** Whether the request waited for the verdict. */
    boolean waited;

    Trace(TraceParent parent, boolean continued, boolean sampled, long serverSpan, long clientSpan) {
        this.parent = parent;
        this.continued = continued;
        this.sampled = sampled;
        this.serverSpan = serverSpan;
        this.clientSpan = clientSpan;
    }

    /** Tells the application, in place of whatever the client said. What is known of somebody else's trace ends with it. */
    void write(HeaderFields head) {
        head.set(PARENT, parent.next(clientSpan, sampled));
        if (!continued) {
            head.remove(STATE);
        }
    }
}
