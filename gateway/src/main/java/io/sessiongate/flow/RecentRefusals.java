package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.metrics.RequestMeters;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The last {@value #LIMIT} requests that were refused or failed, for whoever looks at the status page; an older one goes for
 * each that comes. Any thread adds, at the cost of one atomic step and one small object, and nobody ever waits. What is kept is
 * the gateway's own word and the request's id: of what the client sent there is neither path nor query, token, cookie or
 * session.
 */
public final class RecentRefusals {

    /** A power of two, so that the index can overflow. */
    public static final int LIMIT = 64;

    private static final int MAX_ID_CHARS = 64;

    private final AtomicReferenceArray<@Nullable Refusal> ring = new AtomicReferenceArray<>(LIMIT);
    private final AtomicInteger next = new AtomicInteger();
    private final InstantSource clock;

    public RecentRefusals(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * One of them.
     *
     * @param status what the client was answered; 0 where the request went on, in observe mode
     * @param reason slug of the fault
     * @param route the rule as configured, or {@code none}
     * @param realm of the rule, or empty
     * @param detail what token or session was worth, from a closed list; may be empty
     * @param requestId harmless characters, cut where it is long
     */
    public record Refusal(
            Instant at, int status, String reason, String route, String realm, String detail, String requestId) {}

    void add(int status, String reason, @Nullable RouteConfig route, String detail, String requestId) {
        Refusal refusal = new Refusal(
                clock.instant(),
                status,
                reason,
                RequestMeters.route(route),
                route == null ? "" : route.realm(),
                detail,
                requestId.length() <= MAX_ID_CHARS ? requestId : requestId.substring(0, MAX_ID_CHARS) + "…");
        ring.setRelease(next.getAndIncrement() & (LIMIT - 1), refusal);
    }

    /** What is there, the newest first; one that is being added may be missing. */
    public List<Refusal> newestFirst() {
        List<Refusal> refusals = new ArrayList<>(LIMIT);
        int newest = next.get() - 1;
        for (int i = 0; i < LIMIT; i++) {
            @Nullable Refusal refusal = ring.getAcquire((newest - i) & (LIMIT - 1));
            if (refusal != null) {
                refusals.add(refusal);
            }
        }
        return refusals;
    }
}
