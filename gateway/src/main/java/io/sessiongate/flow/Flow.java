package io.sessiongate.flow;

import io.sessiongate.http.Fault;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.ResponseHead;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the wire asks of the gateway for every request. All methods are called on {@link Request#loop()} and must not
 * block it.
 */
public interface Flow {

    /**
     * Judges a request. Framing, the upgrade wish and {@code Expect} are already recorded by the wire; the flow removes
     * hop-by-hop fields ({@link io.sessiongate.identity.InboundFields#strip}) before it reads a token or writes a trusted field,
     * so that {@code Connection: X-Auth-Subject} cannot take back what it wrote.
     *
     * @param then is called exactly once, inline or later, on {@link Request#loop()}
     */
    void decide(Request request, Consumer<Decision> then);

    /**
     * A number that is the same for all requests which one server should get, where an upstream is balanced so: those of a
     * session, or without one those of an address. Asked once {@link #decide} has forwarded the request.
     */
    default long balanceKey(Request request) {
        return request.peer().hashCode();
    }

    /** Renders a fault that the wire found, possibly before {@link #decide} was called for this request. */
    Answer answer(Request request, Fault fault);

    /**
     * Takes out what the application tells the gateway alone, and does it: called with the fields of every head of its answer,
     * interim ones too, as they came, and of the trailers, before they are sent on.
     *
     * @return whether that was the end of the session behind this very request, whose answer is to arrive all the same
     */
    default boolean announced(Request request, HeaderFields fields) {
        return false;
    }

    /** Sees, and may change, the head of the application's final answer before it is sent on. */
    default void responding(Request request, ResponseHead head) {}

    /**
     * Wishes to see the body of a final answer as it passes, or not: asked once {@link #responding} has seen its head, and not
     * for a switch of protocols.
     */
    default @Nullable BodyCopy copy(Request request, ResponseHead head) {
        return null;
    }

    /**
     * What a request that was forwarded and goes on for long has to answer to; null where no session is behind it. Called
     * for such requests only: WebSockets, event streams, and whatever is not over after a few seconds.
     */
    default @Nullable StreamGuard guard(Request request) {
        return null;
    }

    /** The request is over: called exactly once for each, after its last byte was written or its exchange ended. */
    void completed(Request request, Completion completion);
}
