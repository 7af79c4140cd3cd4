package io.sessiongate.app;

import io.sessiongate.metrics.ObserveMeters;
import io.sessiongate.metrics.ObserveMeters.Seen;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What observing has shown, as a line in the log: of the last minute, every minute, and of the whole time at the stop.
 * {@link #minute} is called on one thread.
 */
final class ObserveSummary {

    private static final Logger LOG = LoggerFactory.getLogger(ObserveSummary.class);

    private final ObserveMeters meters;
    private Seen last = Seen.NOTHING;

    ObserveSummary(ObserveMeters meters) {
        this.meters = meters;
    }

    void minute() {
        Seen now = meters.seen();
        write("Observed in the last minute", now.since(last));
        last = now;
    }

    /** On any thread. */
    void whole() {
        write("Observed since the start", meters.seen());
    }

    private static void write(String message, Seen seen) {
        LOG.atInfo()
                .addKeyValue("requests", seen.requests())
                .addKeyValue("would_forward", seen.forwarded())
                .addKeyValue("would_refuse", seen.refused())
                .addKeyValue("application_queries", seen.applicationQueries())
                .addKeyValue("gateway_queries", seen.gatewayQueries())
                .addKeyValue("saved_percent", seen.savedPercent())
                .log(message);
    }
}
