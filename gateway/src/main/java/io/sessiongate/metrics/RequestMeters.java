package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests by route and outcome. Routes are the configured ones, outcomes a closed list, so that no client can make
 * meters. Thread-safe; counting looks up an identity map that never changes and a small table.
 */
public final class RequestMeters {

    static final String REQUESTS = "sessiongate.requests";
    static final String DURATION = "sessiongate.request.duration";
    static final String DECISION = "sessiongate.request.decision";

    private static final String NO_ROUTE = "none";

    private final IdentityHashMap<RouteConfig, PerRoute> routes = new IdentityHashMap<>();
    private final PerRoute none;
    private final Timer decision;

    public RequestMeters(MeterRegistry registry, List<RouteConfig> routes) {
        for (RouteConfig route : routes) {
            this.routes.put(route, new PerRoute(registry, name(route)));
        }
        none = new PerRoute(registry, NO_ROUTE);
        decision = Timer.builder(DECISION)
                .description("From the first byte of a request to the decision about it")
                .serviceLevelObjectives(
                        Duration.ofNanos(50_000),
                        Duration.ofNanos(200_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(15))
                .register(registry);
    }

    /**
     * Counts a request that is over.
     *
     * @param decisionNanos from its first byte to the decision, or negative where none was made
     * @param totalNanos from its first byte to its end
     */
    public void completed(
            @Nullable RouteConfig route, int status, @Nullable FaultKind fault, long decisionNanos, long totalNanos) {
        @Nullable PerRoute known = route == null ? none : routes.get(route);
        (known == null ? none : known).count(status, fault, totalNanos);
        if (decisionNanos >= 0) {
            decision.record(decisionNanos, TimeUnit.NANOSECONDS);
        }
    }

    /** The value of the outcome tag: the fault's slug, or the class of the status. */
    public static String outcome(int status, @Nullable FaultKind fault) {
        return fault != null ? fault.slug() : statusClass(status);
    }

    private static String statusClass(int status) {
        return switch (status / 100) {
            case 1 -> "1xx";
            case 2 -> "2xx";
            case 3 -> "3xx";
            case 4 -> "4xx";
            case 5 -> "5xx";
            default -> "other";
        };
    }

    /** The value of the route tag: the rule as configured, never what a client sent. */
    public static String route(@Nullable RouteConfig route) {
        return route == null ? NO_ROUTE : name(route);
    }

    /** What routes are called in the tags of meters. */
    public static List<String> names(List<RouteConfig> routes) {
        return routes.stream().map(RequestMeters::name).toList();
    }

    private static String name(RouteConfig route) {
        return route.host() == null ? route.path() : route.host() + route.path();
    }

    /** Counters of one route; those of rare outcomes are made when first needed. */
    private static final class PerRoute {
        private final MeterRegistry registry;
        private final String route;
        private final Timer duration;
        private final Map<String, Counter> counters = new ConcurrentHashMap<>();

        PerRoute(MeterRegistry registry, String route) {
            this.registry = registry;
            this.route = route;
            this.duration = Timer.builder(DURATION)
                    .description("From the first byte of a request to the last of its answer")
                    .tag("route", route)
                    .serviceLevelObjectives(
                            Duration.ofMillis(1),
                            Duration.ofMillis(5),
                            Duration.ofMillis(10),
                            Duration.ofMillis(25),
                            Duration.ofMillis(50),
                            Duration.ofMillis(100),
                            Duration.ofMillis(250),
                            Duration.ofMillis(500),
                            Duration.ofSeconds(1),
                            Duration.ofMillis(2500),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30))
                    .register(registry);
            counters.computeIfAbsent(outcome(200, null), this::counter);
        }

        void count(int status, @Nullable FaultKind fault, long totalNanos) {
            String outcome = outcome(status, fault);
            @Nullable Counter counter = counters.get(outcome);
            (counter == null ? counters.computeIfAbsent(outcome, this::counter) : counter).increment();
            duration.record(totalNanos, TimeUnit.NANOSECONDS);
        }

        private Counter counter(String outcome) {
            return Counter.builder(REQUESTS)
                    .description("Requests by route and outcome")
                    .tag("route", route)
                    .tag("outcome", outcome)
                    .register(registry);
        }
    }
}
