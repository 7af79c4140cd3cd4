package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.flow.rate.Rates;
import io.sessiongate.http.FieldLine;
import io.sessiongate.http.RequestHead;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.TokenVerdict;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the gateway: what the listener knows of it, and what each step found. Mutable, confined
 * to its connection's event loop.
 */
public final class Request {

    private final RequestHead head;
    private final Peer peer;
    private final boolean secure;
    private final Protocol protocol;
    private final Executor loop;
    private final long startNanos;

    // Found on the way; read by the access log and the metrics when the request is over.

    /** The field that tells the request's id; null before the flow has begun. */
    @Nullable FieldLine idField;

    /** Its place in a trace; null where nothing is traced, and before the flow has begun. */
    @Nullable Trace trace;

    @Nullable RouteConfig route;

    /** Of the route; null where the route's is not configured, as a public one's need not be. */
    @Nullable Realm realm;

    /** Methods that would have been allowed, where this one was not. */
    @Nullable Set<String> allow;

    /** What the limits of its route say; null where there are none. */
    @Nullable Rates rates;

    @Nullable TokenVerdict token;

    @Nullable SessionVerdict session;

    /** The token of a request that was let through without a look at it, once an answer made it matter. */
    @Nullable TokenVerdict presented;

    /** The application has announced that the session behind it has ended. */
    boolean endsSession;

    /** What the application is being asked about the session, where its answer can be kept. */
    @Nullable SessionQuestion question;

    /** The kept answer that the request makes a thing of the past. */
    @Nullable SessionAnswerKey changes;

    /** What would have become of it, in observe mode; null otherwise. */
    @Nullable String would;

    long decidedNanos;

    /** One of a peer of which nothing but the address is known, over HTTP/1.1. */
    public Request(RequestHead head, InetAddress peer, boolean secure, Executor loop, long startNanos) {
        this(head, new Peer(peer), secure, Protocol.HTTP_1_1, loop, startNanos);
    }

    /**
     * Starts a request.
     *
     * @param peer the other end of the connection
     * @param secure whether the client's side is TLS
     * @param protocol what it came as
     * @param loop the connection's event loop; what is known later comes back on it
     * @param startNanos monotonic time at which its first byte was seen
     */
    public Request(RequestHead head, Peer peer, boolean secure, Protocol protocol, Executor loop, long startNanos) {
        this.head = head;
        this.peer = peer;
        this.secure = secure;
        this.protocol = protocol;
        this.loop = loop;
        this.startNanos = startNanos;
    }

    public RequestHead head() {
        return head;
    }

    public InetAddress peer() {
        return peer.address();
    }

    Peer from() {
        return peer;
    }

    public boolean secure() {
        return secure;
    }

    public Protocol protocol() {
        return protocol;
    }

    public Executor loop() {
        return loop;
    }

    public long startNanos() {
        return startNanos;
    }

    /** The request id, once the flow has begun; empty before. */
    public String id() {
        @Nullable FieldLine field = idField;
        return field == null ? "" : field.value();
    }

    /** The rule that applies, once found. */
    public @Nullable RouteConfig route() {
        return route;
    }
}
