package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What one realm writes to its database. Safe on any thread; every counter is registered at the start, so that counting is a
 * field access.
 */
public final class WriterMeters {

    static final String TOUCHES = "sessiongate.session.touches";
    static final String RENEWALS = "sessiongate.session.renewals";
    static final String BROADCASTS = "sessiongate.revocation.broadcasts";

    private final Counter touchesWritten;
    private final Counter touchesDropped;
    private final Counter touchesFailed;
    private final Counter renewalsWritten;
    private final Counter renewalsDropped;
    private final Counter renewalsFailed;
    private final Counter broadcasts;
    private final Counter broadcastsLost;

    public WriterMeters(MeterRegistry registry, String realm) {
        touchesWritten = touches(registry, realm, "written");
        touchesDropped = touches(registry, realm, "dropped");
        touchesFailed = touches(registry, realm, "failed");
        renewalsWritten = renewals(registry, realm, "written");
        renewalsDropped = renewals(registry, realm, "dropped");
        renewalsFailed = renewals(registry, realm, "failed");
        broadcasts = broadcasts(registry, realm, "sent");
        broadcastsLost = broadcasts(registry, realm, "lost");
    }

    /** Rows got the time of last use. */
    public void touchesWritten(int rows) {
        touchesWritten.increment(rows);
    }

    /** There was no room for them. */
    public void touchesDropped(int sessions) {
        touchesDropped.increment(sessions);
    }

    /** The database did not take them. */
    public void touchesFailed(int sessions) {
        touchesFailed.increment(sessions);
    }

    /** Rows got a later expiry. */
    public void renewalsWritten(int rows) {
        renewalsWritten.increment(rows);
    }

    /** There was no room for them. */
    public void renewalsDropped(int sessions) {
        renewalsDropped.increment(sessions);
    }

    /** The database did not take them. */
    public void renewalsFailed(int sessions) {
        renewalsFailed.increment(sessions);
    }

    /** The fleet was told of them. */
    public void broadcast(int ids) {
        broadcasts.increment(ids);
    }

    public void broadcastsLost(int ids) {
        broadcastsLost.increment(ids);
    }

    private static Counter touches(MeterRegistry registry, String realm, String outcome) {
        return Counter.builder(TOUCHES)
                .description("Times of last use to be written to sessions")
                .baseUnit("sessions")
                .tags("realm", realm, "outcome", outcome)
                .register(registry);
    }

    private static Counter renewals(MeterRegistry registry, String realm, String outcome) {
        return Counter.builder(RENEWALS)
                .description("Sessions to be prolonged in the database")
                .baseUnit("sessions")
                .tags("realm", realm, "outcome", outcome)
                .register(registry);
    }

    private static Counter broadcasts(MeterRegistry registry, String realm, String outcome) {
        return Counter.builder(BROADCASTS)
                .description("Sessions and subjects that the other gateways were to be told of")
                .baseUnit("ids")
                .tags("realm", realm, "outcome", outcome)
                .register(registry);
    }
}
