package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.Mode;
import io.sessiongate.flow.ForwardingFields;
import io.sessiongate.flow.Observation;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.RecentRefusals;
import io.sessiongate.flow.RequestFlow;
import io.sessiongate.flow.RequestIds;
import io.sessiongate.flow.RequestRecord;
import io.sessiongate.flow.Tracing;
import io.sessiongate.flow.rate.RateLimits;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.route.Router;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes {@link Generation}s, on one thread after the other. */
final class GenerationMaker {

    private final Realms realms;
    private final Observing observing;
    private final MeterRegistry registry;
    private final RecentRefusals refusals;
    private final LongSupplier nanoTime;
    private final RequestIds ids = new RequestIds();

    /** The one of the start, which no reload changes; null where nothing is traced. */
    private final @Nullable Tracing tracing;

    /** Of the listeners, which no reload changes. */
    private final Set<String> certificateHeaders;

    GenerationMaker(
            Realms realms,
            Observing observing,
            Set<String> certificateHeaders,
            MeterRegistry registry,
            RecentRefusals refusals,
            LongSupplier nanoTime,
            @Nullable Tracing tracing) {
        this.tracing = tracing;
        this.certificateHeaders = Set.copyOf(certificateHeaders);
        this.realms = realms;
        this.observing = observing;
        this.registry = registry;
        this.refusals = refusals;
        this.nanoTime = nanoTime;
    }

    /**
     * The generation of a configuration.
     *
     * @param former the one before it, whose parts are used again; null for the first
     * @throws IllegalArgumentException where a key cannot be used; then the former goes on as if nothing had been
     */
    Generation make(GatewayConfig config, @Nullable Generation former) {
        Map<String, Realm> made = realms.of(config, former);
        ForwardingFields forwarding = forwarding(config);
        RateLimits limits = RateLimits.of(config, former == null ? null : former.limits(), registry, nanoTime);
        RequestFlow flow = new RequestFlow(
                ids,
                new Router(config.routes()),
                forwarding,
                made,
                limits,
                new RequestRecord(
                        new RequestMeters(registry, config.routes()),
                        config.log().access(),
                        nanoTime,
                        refusals),
                nanoTime,
                config.mode() == Mode.OBSERVE
                        ? new Observation(observing.meters(), config.upstreams().keySet())
                        : null,
                tracing);
        return new Generation(config, made, forwarding, limits, flow);
    }

    private ForwardingFields forwarding(GatewayConfig config) {
        Set<String> ours = new HashSet<>();
        config.realms().values().forEach(realm -> {
            ours.addAll(realm.identity().headerNames());
            // An application that sends back what it was sent must not be made to sign somebody out.
            String header = realm.session().revocations().header();
            if (header != null) {
                ours.add(header);
            }
        });
        ours.addAll(certificateHeaders);
        boolean rulesByMethod =
                config.routes().stream().anyMatch(route -> !route.methods().isEmpty());
        return new ForwardingFields(ours, rulesByMethod, config.trustedProxies());
    }
}
