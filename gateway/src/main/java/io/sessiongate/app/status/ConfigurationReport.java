package io.sessiongate.app.status;

import io.sessiongate.config.Access;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.config.TracingConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The configuration in force, by the names of its file. What is not named here is not shown: a key that is added elsewhere
 * stays hidden until somebody decides that it may be seen; a test has the schema's keys and misses those that nobody
 * thought of. Stateless.
 */
final class ConfigurationReport {

    /** Routes beyond are counted. */
    static final int MAX_ROUTES = 500;

    private ConfigurationReport() {}

    static Map<String, Object> of(GatewayConfig config, long revision) {
        List<Map<String, Object>> sections = new ArrayList<>();
        sections.add(gateway(config).toMap());
        for (int i = 0; i < config.listeners().size(); i++) {
            sections.add(ListenerReport.of(i, config.listeners().get(i)).toMap());
        }
        sections.add(limits(config.limits()).toMap());
        sections.add(timeouts(config.timeouts()).toMap());
        if (config.tracing() != null) {
            sections.add(tracing(config.tracing()).toMap());
        }
        new TreeMap<>(config.realms())
                .values()
                .forEach(realm -> RealmReport.of(realm).forEach(shown -> sections.add(shown.toMap())));
        new TreeMap<>(config.upstreams())
                .values()
                .forEach(upstream -> sections.add(UpstreamReport.of(upstream).toMap()));
        new TreeMap<>(config.rateLimits())
                .values()
                .forEach(limit -> sections.add(rateLimit(limit).toMap()));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("revision", revision);
        report.put("sections", sections);
        report.put(
                "routes",
                config.routes().stream()
                        .limit(MAX_ROUTES)
                        .map(ConfigurationReport::route)
                        .toList());
        report.put("moreRoutes", Math.max(0, config.routes().size() - MAX_ROUTES));
        return report;
    }

    private static Shown gateway(GatewayConfig config) {
        return new Shown("gateway")
                .word("mode", config.mode())
                .name("admin.address", Shown.text(config.admin().address()))
                .names("admin.hosts", new TreeSet<>(config.admin().hosts()))
                .secret("admin.secret", config.admin().secret() != null)
                .names(
                        "trusted-proxies",
                        config.trustedProxies().stream().map(Object::toString).toList())
                .word("transport", config.transport())
                .number("event-loops", config.eventLoops())
                .duration("drain", config.drain())
                .flag("reload.watch", config.reload().watch())
                .duration("reload.interval", config.reload().interval())
                .path("hand-over.socket", config.handOver())
                .word("log.format", config.log().format())
                .flag("log.access", config.log().access());
    }

    private static Shown limits(LimitsConfig limits) {
        Shown shown = new Shown("limits")
                .number("request-head", limits.requestHeadBytes())
                .number("request-target", limits.requestTargetBytes())
                .number("header-count", limits.headerCount());
        shown = limits.requestBodyBytes() == Long.MAX_VALUE
                ? shown.name("request-body", "none")
                : shown.number("request-body", limits.requestBodyBytes());
        shown = shown.number("response-head", limits.responseHeadBytes())
                .number("connections", limits.connections())
                .number("connections-per-address", limits.connectionsPerAddress())
                .number("requests-per-connection", limits.requestsPerConnection())
                .number("streams-per-connection", limits.streamsPerConnection());
        return limits.bufferedBytes() == LimitsConfig.AUTO
                ? shown.name("buffered-bytes", "auto")
                : shown.number("buffered-bytes", limits.bufferedBytes());
    }

    private static Shown timeouts(TimeoutsConfig timeouts) {
        return new Shown("timeouts")
                .duration("request-head", timeouts.requestHead())
                .duration("idle", timeouts.idle())
                .duration("request-body", timeouts.requestBody())
                .number("request-body-rate", timeouts.requestBodyRate())
                .duration("stream", timeouts.stream())
                .duration("unread-answer", timeouts.unreadAnswer());
    }

    private static Shown tracing(TracingConfig tracing) {
        Shown shown = new Shown("tracing")
                .address("endpoint", tracing.endpoint().toString())
                .name("sample", Double.toString(tracing.sample()))
                .word("sampling", tracing.sampling())
                .word("trust", tracing.trust())
                .name("service-name", tracing.serviceName())
                .duration("timeout", tracing.timeout());
        new TreeSet<>(tracing.headers().keySet()).forEach(name -> shown.secret("headers." + name, true));
        return shown;
    }

    private static Shown rateLimit(RateLimitConfig limit) {
        return new Shown("rate-limits." + limit.name())
                .word("by", limit.by())
                .word("count", limit.count())
                .number("requests", limit.requests())
                .duration("per", limit.per())
                .number("burst", limit.burst())
                .flag("headers", limit.headers());
    }

    private static Map<String, Object> route(RouteConfig route) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("route", route.host() == null ? route.path() : route.host() + route.path());
        map.put("methods", String.join(", ", new TreeSet<>(route.methods())));
        map.put("access", access(route.access()));
        map.put("upstream", route.upstream());
        map.put("realm", route.realm());
        map.put("signIn", route.signIn() == null ? "" : Shown.bare(route.signIn()));
        map.put("stale", route.staleLimit() == null ? "" : Shown.text(route.staleLimit()));
        map.put("preflight", route.preflight());
        map.put("keepsSessionAnswers", route.keepsSessionAnswers());
        map.put("rateLimits", route.rateLimits());
        return map;
    }

    private static String access(Access access) {
        return access instanceof Access.Roles roles
                ? "roles: " + String.join(", ", new TreeSet<>(roles.anyOf()))
                : access instanceof Access.Authenticated ? "authenticated" : "public";
    }
}
