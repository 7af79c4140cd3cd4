package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * The meters of one server of an upstream; one whose name has several addresses counts as one here, so that a name server
 * cannot make series. Safe to use from any thread.
 */
public final class OneServer {

    private final MeterSet meters;
    private final Map<ServerFailure, Counter> ejections = new EnumMap<>(ServerFailure.class);
    private final Counter goodChecks;
    private final Counter badChecks;
    private final Counter nameFailures;

    /** Addresses of the server by their state, and requests under way; read when metrics are scraped, from any thread. */
    public record Counts(IntSupplier in, IntSupplier ejected, IntSupplier unhealthy, IntSupplier inFlight) {}

    OneServer(MeterRegistry registry, Tags tags, Counts counts) {
        meters = new MeterSet(registry, tags);
        state("in", counts.in());
        state("ejected", counts.ejected());
        state("unhealthy", counts.unhealthy());
        meters.gauge(UpstreamMeters.IN_FLIGHT, "Requests under way at the server", "requests", counts.inFlight());
        for (ServerFailure failure : ServerFailure.values()) {
            if (failure != ServerFailure.CHECK) {
                ejections.put(
                        failure,
                        meters.counter(
                                UpstreamMeters.EJECTIONS,
                                "Times the server was left out because requests failed",
                                "times",
                                Tags.of("reason", failure.tag())));
            }
        }
        goodChecks = checks("good");
        badChecks = checks("bad");
        nameFailures = meters.counter(UpstreamMeters.NAME_FAILURES, "Look-ups of its name that failed", "lookups");
    }

    private void state(String state, IntSupplier count) {
        meters.gauge(
                UpstreamMeters.SERVERS,
                "Addresses of the server by whether requests are sent to them",
                "addresses",
                Tags.of("state", state),
                count);
    }

    private Counter checks(String result) {
        return meters.counter(
                UpstreamMeters.CHECKS,
                "Times the server was asked whether it is well",
                "checks",
                Tags.of("result", result));
    }

    public void ejected(ServerFailure last) {
        Counter counter = ejections.get(last);
        if (counter != null) {
            counter.increment();
        }
    }

    public void checked(boolean good) {
        (good ? goodChecks : badChecks).increment();
    }

    public void nameFailed() {
        nameFailures.increment();
    }

    /** They leave the registry; what is counted on is lost. */
    public void remove() {
        meters.remove();
    }
}
