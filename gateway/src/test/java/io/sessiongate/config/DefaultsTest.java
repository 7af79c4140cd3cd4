package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.TokenConfig.Claims;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Pins every default twice, as published and as it reaches the program, so that a changed one is a visible diff. */
class DefaultsTest {

    @TempDir
    Path directory;

    private GatewayConfig config;
    private RealmConfig realm;

    @BeforeEach
    void loadTheLeastThatIsValid() {
        var file = new LoadedFile(directory);
        config = file.loaded(LoadedFile.REALM + LoadedFile.GUARDED);
        realm = file.realm(LoadedFile.REALM + LoadedFile.GUARDED);
    }

    @Test
    void publishesEveryDefault() throws IOException {
        var defaults = new TreeMap<String, String>();
        collect(
                new ObjectMapper().readTree(Files.readString(Path.of("../config/sessiongate.schema.json"))),
                "",
                defaults);

        assertThat(defaults)
                .isEqualTo(new TreeMap<>(Map.ofEntries(
                        Map.entry("mode", "enforce"),
                        Map.entry("admin.address", "127.0.0.1:9901"),
                        Map.entry("listeners[].redirect-to-https", "false"),
                        Map.entry("listeners[].https-port", "443"),
                        Map.entry("listeners[].tls.client-certificates.mode", "none"),
                        Map.entry("listeners[].tls.handshake-timeout", "10s"),
                        Map.entry("listeners[].tls.max-handshakes", "2000"),
                        Map.entry("listeners[].tls.session-timeout", "1h"),
                        Map.entry("listeners[].tls.session-cache", "20000"),
                        Map.entry("listeners[].tls.provider", "auto"),
                        Map.entry("listeners[].hsts.max-age", "365d"),
                        Map.entry("listeners[].hsts.include-subdomains", "false"),
                        Map.entry("listeners[].hsts.preload", "false"),
                        Map.entry("admin.hosts", "[]"),
                        Map.entry("drain", "30s"),
                        Map.entry("reload.watch", "true"),
                        Map.entry("reload.interval", "2s"),
                        Map.entry("transport", "auto"),
                        Map.entry("event-loops", "0"),
                        Map.entry("trusted-proxies", "[]"),
                        Map.entry("log.format", "text"),
                        Map.entry("log.access", "true"),
                        Map.entry("limits.request-head", "32KiB"),
                        Map.entry("limits.request-target", "8KiB"),
                        Map.entry("limits.header-count", "100"),
                        Map.entry("limits.request-body", "none"),
                        Map.entry("limits.response-head", "128KiB"),
                        Map.entry("limits.connections", "10000"),
                        Map.entry("limits.connections-per-address", "1000"),
                        Map.entry("limits.requests-per-connection", "100000"),
                        Map.entry("limits.streams-per-connection", "100"),
                        Map.entry("limits.buffered-bytes", "auto"),
                        Map.entry("timeouts.request-body-rate", "240B"),
                        Map.entry("timeouts.unread-answer", "10s"),
                        Map.entry("timeouts.request-head", "10s"),
                        Map.entry("timeouts.idle", "75s"),
                        Map.entry("timeouts.request-body", "30s"),
                        Map.entry("timeouts.stream", "1h"),
                        Map.entry("realms", "{}"),
                        Map.entry("rate-limits", "{}"),
                        Map.entry("rate-limits.*.by", "address"),
                        Map.entry("rate-limits.*.count", "requests"),
                        Map.entry("rate-limits.*.headers", "true"),
                        Map.entry("realms.*.token.keys[].secret-encoding", "utf-8"),
                        Map.entry("realms.*.token.keys[].refresh", "10m"),
                        Map.entry("realms.*.token.keys[].keep-for", "24h"),
                        Map.entry("realms.*.token.clock-skew", "5s"),
                        Map.entry("realms.*.token.claims.subject", "sub"),
                        Map.entry("realms.*.token.claims.session", "sid"),
                        Map.entry("realms.*.token.claims.roles", "roles"),
                        Map.entry("realms.*.token.max-size", "16KiB"),
                        Map.entry("realms.*.token.cache-size", "100000"),
                        Map.entry("realms.*.session.replicas", "[]"),
                        Map.entry("realms.*.session.max-lag", "5s"),
                        Map.entry("realms.*.session.version.id", "id"),
                        Map.entry("realms.*.session.renew.max-age", "30d"),
                        Map.entry("realms.*.session.renew.update-age", "24h"),
                        Map.entry("realms.*.session.renew.same-site", "lax"),
                        Map.entry("realms.*.session.renew.secure", "false"),
                        Map.entry("realms.*.session.unknown.remember-for", "30s"),
                        Map.entry("realms.*.session.unknown.remembered", "100000"),
                        Map.entry("realms.*.session.unknown.burst", "100"),
                        Map.entry("realms.*.session.unknown.per-second", "10"),
                        Map.entry("realms.*.token.kind", "jwt"),
                        Map.entry("realms.*.session.denylist.id", "jti"),
                        Map.entry("realms.*.session.denylist.claim", "jti"),
                        Map.entry("realms.*.session.columns.id", "id"),
                        Map.entry("realms.*.session.users.id", "id"),
                        Map.entry("realms.*.session.attributes", "{}"),
                        Map.entry("realms.*.session.touch.every", "60s"),
                        Map.entry("realms.*.session.close-at-expiry", "true"),
                        Map.entry("realms.*.session.revocations.header", "X-Sessiongate-Revoke"),
                        Map.entry("realms.*.session.check.revalidate-after", "60s"),
                        Map.entry("realms.*.session.check.revalidate-after-while-listening", "0s"),
                        Map.entry("realms.*.session.check.expiring-within", "5m"),
                        Map.entry("realms.*.session.check.revalidate-expiring-after", "10s"),
                        Map.entry("realms.*.session.check.refresh-ahead", "10s"),
                        Map.entry("realms.*.session.check.serve-stale-for", "5m"),
                        Map.entry("realms.*.session.query-timeout", "5s"),
                        Map.entry("realms.*.session.max-waiting", "10000"),
                        Map.entry("realms.*.session.cache-size", "200000"),
                        Map.entry("realms.*.identity.headers.subject", "X-Auth-Subject"),
                        Map.entry("realms.*.identity.headers.session", "X-Auth-Session"),
                        Map.entry("realms.*.identity.headers.roles", "X-Auth-Roles"),
                        Map.entry("realms.*.identity.claims", "{}"),
                        Map.entry("realms.*.identity.attributes", "{}"),
                        Map.entry("realms.*.identity.assertion.attributes", "[]"),
                        Map.entry("realms.*.identity.assertion.header", "X-Auth-Assertion"),
                        Map.entry("realms.*.identity.assertion.issuer", "sessiongate"),
                        Map.entry("realms.*.identity.assertion.lifetime", "60s"),
                        Map.entry("upstreams.*.balance", "round-robin"),
                        Map.entry("upstreams.*.max-in-flight", "0"),
                        Map.entry("upstreams.*.retries.attempts", "2"),
                        Map.entry("upstreams.*.retries.budget-percent", "20"),
                        Map.entry("upstreams.*.ejection.consecutive-failures", "5"),
                        Map.entry("upstreams.*.ejection.base", "5s"),
                        Map.entry("upstreams.*.ejection.max", "5m"),
                        Map.entry("upstreams.*.ejection.max-ejected-percent", "50"),
                        Map.entry("upstreams.*.ejection.server-errors", "false"),
                        Map.entry("upstreams.*.health-check.interval", "5s"),
                        Map.entry("upstreams.*.health-check.timeout", "2s"),
                        Map.entry("upstreams.*.health-check.healthy-after", "2"),
                        Map.entry("upstreams.*.health-check.unhealthy-after", "3"),
                        Map.entry("upstreams.*.health-check.expect-status", "200-399"),
                        Map.entry("upstreams.*.slow-start", "10s"),
                        Map.entry("upstreams.*.dns-refresh", "30s"),
                        Map.entry("upstreams.*.max-connections", "512"),
                        Map.entry("upstreams.*.max-waiting", "1024"),
                        Map.entry("upstreams.*.connect-timeout", "5s"),
                        Map.entry("upstreams.*.answer-timeout", "60s"),
                        Map.entry("upstreams.*.idle-timeout", "4s"),
                        Map.entry("upstreams.*.upload-share", "50"),
                        Map.entry("routes[].realm", "default"),
                        Map.entry("routes[].preflight", "true"))));
    }

    private static void collect(JsonNode schema, String path, Map<String, String> defaults) {
        if (schema.has("default")) {
            JsonNode value = schema.path("default");
            defaults.put(path, value.isContainer() ? value.toString() : value.asString());
        }
        schema.path("properties")
                .properties()
                .forEach(e -> collect(e.getValue(), path + (path.isEmpty() ? "" : ".") + e.getKey(), defaults));
        if (schema.path("additionalProperties").isObject()) {
            collect(schema.path("additionalProperties"), path + ".*", defaults);
        }
        if (schema.has("items")) {
            collect(schema.path("items"), path + "[]", defaults);
        }
    }

    @Test
    void fillsInTheTopLevel() {
        assertThat(config.admin())
                .isEqualTo(new AdminConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901)));
        assertThat(config.mode()).isEqualTo(Mode.ENFORCE);
        assertThat(config.drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.reload()).isEqualTo(ReloadConfig.DEFAULT);
        assertThat(config.transport()).isEqualTo(TransportKind.AUTO);
        assertThat(config.eventLoops()).isZero();
        assertThat(config.trustedProxies()).isEmpty();
        assertThat(config.log()).isEqualTo(new LogConfig(LogConfig.Format.TEXT, true));
        assertThat(config.limits())
                .isEqualTo(new LimitsConfig(
                        32 << 10, 8 << 10, 100, Long.MAX_VALUE, 128 << 10, 10_000, 1_000, 100_000, LimitsConfig.AUTO));
        assertThat(config.timeouts())
                .isEqualTo(new TimeoutsConfig(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(30),
                        Duration.ofHours(1),
                        240,
                        Duration.ofSeconds(10)));
    }

    @Test
    void fillsInTokens() {
        TokenConfig token = realm.token();

        assertThat(token.clockSkew()).isEqualTo(Duration.ofSeconds(5));
        assertThat(token.claims()).isEqualTo(new Claims("sub", "sid", "roles"));
        assertThat(token.maxBytes()).isEqualTo(16 << 10);
        assertThat(token.cacheSize()).isEqualTo(100_000);
        assertThat(token.issuer()).isNull();
        assertThat(token.audience()).isEmpty();
    }

    @Test
    void fillsInSessions() {
        SessionConfig session = realm.session();

        assertThat(session.lookup()).isEqualTo(new Lookup.Table(List.of("sessions"), "id", null, null, null));
        assertThat(session.check())
                .isEqualTo(new CheckConfig(
                        Duration.ofSeconds(60),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(5)));
        assertThat(session.replicas()).isEmpty();
        assertThat(session.maxLag()).isEqualTo(Duration.ofSeconds(5));
        assertThat(session.revocations()).isEqualTo(RevocationConfig.DEFAULT);
        assertThat(session.touch()).isNull();
        assertThat(session.closeAtExpiry()).isTrue();
        assertThat(session.queryTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(session.maxWaiting()).isEqualTo(10_000);
        assertThat(session.cacheSize()).isEqualTo(200_000);
        assertThat(session.database().connectionLimit()).isEqualTo(4);
    }

    @Test
    void fillsInIdentity() {
        assertThat(realm.identity())
                .isEqualTo(new IdentityConfig("X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles", Map.of(), null));
    }

    @Test
    void fillsInAssertions() {
        var file = new LoadedFile(directory);

        var assertion = file.realm(LoadedFile.REALM + "    identity: { assertion: { secret: '${JWT_SECRET}' } }\n"
                        + LoadedFile.GUARDED)
                .identity()
                .assertion();

        assertThat(assertion)
                .isEqualTo(new IdentityConfig.Assertion(
                        "X-Auth-Assertion",
                        "HS256",
                        new SecretBytes(PemKeys.utf8(LoadedFile.SECRET)),
                        null,
                        "sessiongate",
                        Duration.ofSeconds(60)));
    }

    @Test
    void fillsInUpstreams() {
        assertThat(config.upstreams())
                .containsOnly(Map.entry(
                        "dashboard",
                        new UpstreamConfig(
                                "dashboard",
                                List.of(new ServerAddress.Tcp(InetSocketAddress.createUnresolved("127.0.0.1", 3000))),
                                512,
                                1024,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(4),
                                50,
                                UpstreamTls.STANDARD,
                                new ServersConfig(
                                        Balance.ROUND_ROBIN,
                                        null,
                                        new EjectionConfig(5, Duration.ofSeconds(5), Duration.ofMinutes(5), 50, false),
                                        new RetryConfig(2, 20),
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(30),
                                        0,
                                        null))));
        assertThat(config.upstreams().values())
                .extracting(UpstreamConfig::maxUploads)
                .containsExactly(256);
    }

    @Test
    void fillsInAHealthCheck() {
        String file = LoadedFile.with("upstreams: { dashboard: { servers: [ http://127.0.0.1:3000 ],"
                + " health-check: { path: /healthz } } }");
        assertThat(Objects.requireNonNull(new LoadedFile(directory)
                                .loaded(file)
                                .upstreams()
                                .get("dashboard"))
                        .spread()
                        .healthCheck())
                .isEqualTo(new HealthCheckConfig(
                        "/healthz", Duration.ofSeconds(5), Duration.ofSeconds(2), 2, 3, 200, 399));
    }

    @Test
    void fillsInRoutes() {
        assertThat(config.routes())
                .containsExactly(new RouteConfig(
                        null,
                        "/**",
                        Set.of(),
                        new Access.Authenticated(),
                        "dashboard",
                        "default",
                        null,
                        null,
                        true,
                        config.routes().get(0).location()));
    }
}
