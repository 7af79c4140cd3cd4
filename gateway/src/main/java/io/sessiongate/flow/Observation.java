package io.sessiongate.flow;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.ObserveMeters;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code mode: observe} puts in the place of a refusal: the request goes on to the application as it would without the
 * gateway, but for what a client may never send, and without identity, which is written only behind a good decision. What
 * would have become of it is counted and stands in the access log. Immutable, for any thread.
 */
public final class Observation {

    private final ObserveMeters meters;

    /** Where a request goes for which there is no rule; null where nobody knows. */
    private final @Nullable RouteConfig unrouted;

    /**
     * Prepares what is done in observe mode.
     *
     * @param upstreams names of all upstreams; a request without a rule can only be forwarded where there is one
     */
    public Observation(ObserveMeters meters, Collection<String> upstreams) {
        this.meters = meters;
        this.unrouted = upstreams.size() != 1
                ? null
                : new RouteConfig(
                        null,
                        "/**",
                        Set.of(),
                        new Access.Public(),
                        upstreams.iterator().next(),
                        "",
                        null,
                        null,
                        true,
                        "observe");
    }

    /** What is done with the request, whose head was cleaned unless it has no rule. */
    Decision insteadOf(Decision decision, Request request, ForwardingFields forwarding, boolean preflight) {
        if (!(decision instanceof Decision.Reply reply)) {
            meters.forwards();
            request.would = ObserveMeters.FORWARD;
            return decision;
        }
        FaultKind refusal = reply.answer().kind();
        if (refusal == null) {
            throw new IllegalStateException("nothing is answered from memory in observe mode");
        }
        meters.refuses(refusal);
        request.would = refusal.slug();
        if (request.route != null) {
            return new Decision.Forward(request.route);
        }
        if (unrouted == null) {
            return decision;
        }
        forwarding.write(request, preflight);
        return new Decision.Forward(unrouted);
    }
}
