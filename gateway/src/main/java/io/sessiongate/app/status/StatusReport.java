package io.sessiongate.app.status;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.flow.RecentRefusals;
import io.sessiongate.flow.RecentRefusals.Refusal;
import io.sessiongate.metrics.Figures;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the status page is told, as JSON. Confined to the admin loop. A snapshot is made at most every {@value
 * #SNAPSHOT_MILLIS} ms, however many ask; it is bounded by the meters, the routes left out, and {@link RecentRefusals#LIMIT}
 * refusals.
 */
public final class StatusReport {

    static final long SNAPSHOT_MILLIS = 500;

    /**
     * What it is made of. All of it is read on the admin loop.
     *
     * @param config the configuration in force, another one after each reload
     * @param readiness what {@code /readyz} says
     * @param transport name of the transport in use
     * @param sockets who opened what listens, in words
     */
    public record Sources(
            Supplier<GatewayConfig> config,
            MeterRegistry meters,
            RecentRefusals refusals,
            ServerStates servers,
            Supplier<Readiness> readiness,
            String transport,
            String sockets,
            InstantSource clock,
            LongSupplier nanoTime) {}

    /** What {@code /readyz} says. */
    public record Readiness(boolean ready, List<String> reasons, List<String> degraded) {}

    private final Sources sources;
    private final long startNanos;
    private final Map<String, Object> process;
    private String snapshot = "";
    private long snapshotNanos;
    private @Nullable GatewayConfig reported;
    private long revision;
    private String configuration = "";

    /** Of a gateway that starts now. */
    public StatusReport(Sources sources) {
        this.sources = sources;
        this.startNanos = sources.nanoTime().getAsLong();
        this.process = process(sources);
    }

    private static Map<String, Object> process(Sources sources) {
        Map<String, Object> process = new LinkedHashMap<>();
        process.put("version", version());
        process.put("startedAt", sources.clock().instant().toString());
        process.put("transport", sources.transport());
        process.put("sockets", sources.sockets());
        process.put("java", Runtime.version().toString());
        process.put("jvm", System.getProperty("java.vm.name", ""));
        process.put("system", System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""));
        process.put("processors", Runtime.getRuntime().availableProcessors());
        return process;
    }

    private static String version() {
        return Objects.requireNonNullElse(StatusReport.class.getPackage().getImplementationVersion(), "unpackaged");
    }

    /** The numbers of now, or of a moment ago. */
    public String json() {
        long nowNanos = sources.nanoTime().getAsLong();
        boolean fresh = !snapshot.isEmpty()
                && nowNanos - snapshotNanos < TimeUnit.MILLISECONDS.toNanos(SNAPSHOT_MILLIS)
                && isReported(sources.config().get());
        if (!fresh) {
            snapshot = JsonText.of(report(nowNanos));
            snapshotNanos = nowNanos;
        }
        return snapshot;
    }

    /** The configuration in force, without any secret. */
    public String configuration() {
        GatewayConfig config = current();
        if (configuration.isEmpty()) {
            configuration = JsonText.of(ConfigurationReport.of(config, revision));
        }
        return configuration;
    }

    private GatewayConfig current() {
        GatewayConfig config = sources.config().get();
        if (!isReported(config)) {
            reported = config;
            revision++;
            configuration = "";
        }
        return config;
    }

    /** Whether it is the very one: one that was loaded again is news though it says the same. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isReported(GatewayConfig config) {
        return config == reported;
    }

    private Map<String, Object> report(long nowNanos) {
        GatewayConfig config = current();
        Figures figures = Figures.read(sources.meters());
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("at", sources.clock().instant().toString());
        report.put("elapsedMillis", TimeUnit.NANOSECONDS.toMillis(nowNanos - startNanos));
        report.put("configuration", revision);
        report.put("gateway", gateway(config));
        report.put("figures", figures.process());
        List<Map<String, Object>> realms = new ArrayList<>();
        for (String name : new TreeSet<>(config.realms().keySet())) {
            realms.add(named(name, figures.realm(name)));
        }
        report.put("realms", realms);
        List<Map<String, Object>> upstreams = new ArrayList<>();
        for (String name : new TreeSet<>(config.upstreams().keySet())) {
            Map<String, Object> upstream = named(name, figures.upstream(name));
            upstream.put("servers", servers(name));
            upstreams.add(upstream);
        }
        report.put("upstreams", upstreams);
        report.put("refusals", refusals());
        return report;
    }

    private Map<String, Object> gateway(GatewayConfig config) {
        Map<String, Object> gateway = new LinkedHashMap<>(process);
        Readiness readiness = sources.readiness().get();
        gateway.put("mode", config.mode().name().toLowerCase(Locale.ROOT));
        gateway.put("ready", readiness.ready());
        gateway.put("reasons", readiness.reasons());
        gateway.put("degraded", readiness.degraded());
        gateway.put("heapLimit", Runtime.getRuntime().maxMemory());
        return gateway;
    }

    private static Map<String, Object> named(String name, Map<String, Object> figures) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", name);
        map.putAll(figures);
        return map;
    }

    private List<Map<String, Object>> servers(String upstream) {
        return sources.servers().of(upstream).stream()
                .map(state -> {
                    Map<String, Object> server = new LinkedHashMap<>();
                    server.put("name", state.server());
                    server.put("condition", state.condition().name().toLowerCase(Locale.ROOT));
                    server.put("note", state.note());
                    return server;
                })
                .toList();
    }

    private List<Map<String, Object>> refusals() {
        List<Map<String, Object>> refusals = new ArrayList<>();
        for (Refusal refusal : sources.refusals().newestFirst()) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("at", refusal.at().toString());
            map.put("status", refusal.status());
            map.put("reason", refusal.reason());
            map.put("detail", refusal.detail());
            map.put("route", refusal.route());
            map.put("realm", refusal.realm());
            map.put("requestId", refusal.requestId());
            refusals.add(map);
        }
        return refusals;
    }
}
