package io.sessiongate.flow.rate;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.metrics.RateMeters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All limits of one configuration, and which of them hold for which route. Immutable, but for the buckets, which are for any
 * thread: those of a limit that does not change go on in the next configuration.
 */
public final class RateLimits {

    /** None. */
    public static final RateLimits NONE = new RateLimits(Map.of(), List.of());

    private final Map<RateLimitConfig, RateLimit> limits;
    private final IdentityHashMap<RouteConfig, RouteLimits> routes = new IdentityHashMap<>();

    private RateLimits(Map<RateLimitConfig, RateLimit> limits, Collection<RouteConfig> rules) {
        this.limits = limits;
        Map<String, RateLimit> byName = new LinkedHashMap<>();
        limits.forEach((config, limit) -> byName.put(config.name(), limit));
        for (RouteConfig rule : rules) {
            List<RateLimit> own = new ArrayList<>();
            for (String name : rule.rateLimits()) {
                own.add(Objects.requireNonNull(byName.get(name), "the configuration resolves every limit"));
            }
            if (!own.isEmpty()) {
                routes.put(rule, new RouteLimits(own));
            }
        }
    }

    /**
     * Those of a configuration.
     *
     * @param former those of the one before; null for the first
     * @param nanoTime what all of them go by
     */
    public static RateLimits of(
            GatewayConfig config, @Nullable RateLimits former, MeterRegistry registry, LongSupplier nanoTime) {
        return of(config.rateLimits().values(), config.routes(), former, registry, nanoTime);
    }

    /** The same of parts of one. */
    public static RateLimits of(
            Collection<RateLimitConfig> configs,
            Collection<RouteConfig> rules,
            @Nullable RateLimits former,
            MeterRegistry registry,
            LongSupplier nanoTime) {
        Map<RateLimitConfig, RateLimit> limits = new LinkedHashMap<>();
        for (RateLimitConfig config : configs) {
            @Nullable RateLimit known = former == null ? null : former.limits.get(config);
            limits.put(
                    config,
                    known != null ? known : new RateLimit(config, new RateMeters(registry, config.name()), nanoTime));
        }
        return new RateLimits(limits, rules);
    }

    /** These are in force: the gauges show them from now on. */
    public void watch() {
        limits.values().forEach(RateLimit::watch);
    }

    /** Of the configured limits. */
    public Set<String> names() {
        return Set.copyOf(limits.keySet().stream().map(RateLimitConfig::name).toList());
    }

    /** Those that hold for the requests of that rule of this configuration; null where none does. */
    public @Nullable RouteLimits of(RouteConfig rule) {
        return routes.get(rule);
    }
}
