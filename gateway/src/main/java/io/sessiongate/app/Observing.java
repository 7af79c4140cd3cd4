package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.Mode;
import io.sessiongate.metrics.ObserveMeters;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that nothing is refused while that is so, and then, every minute, what would have been. Used by one thread after the other:
 * the one that starts and the one that loads configurations.
 */
final class Observing {

    private static final Logger LOG = LoggerFactory.getLogger(Observing.class);

    private final MeterRegistry registry;
    private @Nullable ObserveMeters meters;
    private @Nullable ObserveSummary summary;
    private @Nullable ScheduledFuture<?> minutely;

    Observing(MeterRegistry registry) {
        this.registry = registry;
    }

    /** What counts; one for as long as the gateway runs, registered when it is first needed. */
    synchronized ObserveMeters meters() {
        ObserveMeters known = meters;
        if (known == null) {
            known = new ObserveMeters(registry);
            meters = known;
        }
        return known;
    }

    /** That mode holds from now on; {@code timer} runs what is to be said. */
    synchronized void mode(Mode mode, ScheduledExecutorService timer) {
        if (mode == Mode.ENFORCE) {
            stop();
        } else if (minutely == null) {
            LOG.warn(
                    "OBSERVE MODE: NOTHING IS REFUSED. Requests without a good session are forwarded, without identity;"
                            + " mode: enforce refuses them");
            ObserveSummary said = new ObserveSummary(meters());
            summary = said;
            minutely = timer.scheduleAtFixedRate(said::minute, 1, 1, TimeUnit.MINUTES);
        }
    }

    /** Sums up, if there was anything to observe. */
    synchronized void stop() {
        if (minutely != null && summary != null) {
            minutely.cancel(false);
            summary.whole();
        }
        minutely = null;
        summary = null;
    }
}
