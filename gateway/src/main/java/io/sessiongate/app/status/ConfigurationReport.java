package io.sessiongate.app.status;

import io.sessiongate.config.Access;
import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configuration in force, by the names of its file. What is not named here is not shown: a key that is added elsewhere
 * stays hidden until somebody decides that it may be seen. Stateless.
 */
final class ConfigurationReport {

    /** Routes beyond are counted. */
    static final int MAX_ROUTES = 500;

    private ConfigurationReport() {}

    static Map<String, Object> of(GatewayConfig config, long revision) {
        List<Map<String, Object>> sections = new ArrayList<>();
        sections.add(gateway(config).toMap());
        sections.add(limits(config.limits()).toMap());
        sections.add(timeouts(config.timeouts()).toMap());
        new TreeMap<>(config.realms()).values().forEach(realm -> {
            sections.add(token(realm).toMap());
            sections.add(session(realm).toMap());
            sections.add(identity(realm).toMap());
        });
        new TreeMap<>(config.upstreams())
                .values()
                .forEach(upstream -> sections.add(upstream(upstream).toMap()));
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
                .names(
                        "listeners",
                        config.listeners().stream().map(l -> text(l.address())).toList())
                .name("admin.address", text(config.admin().address()))
                .names("admin.hosts", new TreeSet<>(config.admin().hosts()))
                .secret("admin.secret", config.admin().secret() != null)
                .names(
                        "trusted-proxies",
                        config.trustedProxies().stream().map(Object::toString).toList())
                .word("transport", config.transport())
                .number("event-loops", config.eventLoops())
                .duration("drain", config.drain())
                .word("log.format", config.log().format())
                .flag("log.access", config.log().access());
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
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

    private static Shown token(RealmConfig realm) {
        TokenConfig token = realm.token();
        Shown shown = new Shown("realms." + realm.name() + ".token")
                .word("kind", token.kind())
                .names(
                        "from",
                        token.from().stream().map(ConfigurationReport::source).toList())
                .name("issuer", token.issuer())
                .names("audience", token.audience())
                .duration("clock-skew", token.clockSkew())
                .name("claims.subject", token.claims().subject())
                .name("claims.session", token.claims().session())
                .name("claims.roles", token.claims().roles())
                .number("cache-size", token.cacheSize());
        int i = 0;
        for (KeyConfig key : token.keys()) {
            String name = "key " + ++i + " ";
            shown.names(name + "algorithm", new TreeSet<>(key.algorithms()))
                    .secret(name + (key.secret() == null ? "public-key" : "secret"), true);
        }
        for (KeySourceConfig key : token.keySources()) {
            String name = "key " + ++i + " ";
            shown.word(name + "source", key.kind()).address(name + "address", key.address());
        }
        for (AuthJsConfig key : token.authJs()) {
            String name = "key " + ++i + " ";
            shown.number(name + "auth-js", key.version()).secret(name + "secret", true);
        }
        return shown;
    }

    private static String source(TokenConfig.Source source) {
        return source instanceof TokenConfig.Source.Header header
                ? "header " + header.name()
                : "cookie " + ((TokenConfig.Source.Cookie) source).name();
    }

    private static Shown session(RealmConfig realm) {
        SessionConfig session = realm.session();
        CheckConfig check = session.check();
        DatabaseConfig database = session.database();
        Shown shown = new Shown("realms." + realm.name() + ".session")
                .name("database", place(database))
                .secret("database (user and password)", true)
                .number("connection_limit", database.connectionLimit())
                .duration("pool_timeout", database.poolTimeout())
                .duration("connect_timeout", database.connectTimeout())
                .word("sslmode", database.tls().mode())
                .flag("pgbouncer", database.pgbouncer())
                .names(
                        "replicas",
                        session.replicas().stream()
                                .map(ConfigurationReport::place)
                                .toList());
        if (!session.replicas().isEmpty()) {
            shown.duration("max-lag", session.maxLag());
        }
        lookup(shown, session.lookup());
        shown.duration("check.revalidate-after", check.revalidateAfter())
                .duration("check.revalidate-after-while-listening", check.revalidateAfterWhileListening())
                .duration("check.refresh-ahead", check.refreshAhead())
                .duration("check.expiring-within", check.expiringWithin())
                .duration("check.revalidate-expiring-after", check.revalidateExpiringAfter())
                .duration("check.serve-stale-for", check.serveStaleFor())
                .duration("query-timeout", session.queryTimeout())
                .number("max-waiting", session.maxWaiting())
                .number("cache-size", session.cacheSize())
                .flag("close-at-expiry", session.closeAtExpiry())
                .name("revocations.channel", session.revocations().channel())
                .name("revocations.header", session.revocations().header());
        @Nullable DatabaseConfig listenOn = session.revocations().listenOn();
        return listenOn == null ? shown : shown.name("revocations.listen-on", place(listenOn));
    }

    /** Where it is; who logs in there, with what, and further options are nobody's business. */
    private static String place(DatabaseConfig database) {
        return database.host() + ":" + database.port() + "/" + database.database();
    }

    /** An own query is not shown: its author may have written anything into it. */
    private static void lookup(Shown shown, SessionConfig.Lookup lookup) {
        if (lookup instanceof SessionConfig.Lookup.Table table) {
            shown.name("table", String.join(".", table.table()));
        } else if (lookup instanceof SessionConfig.Lookup.Version version) {
            shown.name("version.table", String.join(".", version.table())).name("version.column", version.column());
        } else if (lookup instanceof SessionConfig.Lookup.Denylist denylist) {
            shown.name("denylist.table", String.join(".", denylist.table()));
        } else {
            shown.name("query", "an own one");
        }
    }

    private static Shown identity(RealmConfig realm) {
        IdentityConfig identity = realm.identity();
        Shown shown = new Shown("realms." + realm.name() + ".identity")
                .name("headers.subject", identity.subjectHeader())
                .name("headers.session", identity.sessionHeader())
                .name("headers.roles", identity.rolesHeader())
                .names("claims", new TreeSet<>(identity.claimHeaders().keySet()))
                .names("attributes", new TreeSet<>(identity.attributeHeaders().keySet()));
        IdentityConfig.@Nullable Assertion assertion = identity.assertion();
        return assertion == null
                ? shown.name("assertion", "none")
                : shown.name("assertion.header", assertion.header())
                        .name("assertion.algorithm", assertion.algorithm())
                        .duration("assertion.lifetime", assertion.lifetime())
                        .secret(assertion.secret() == null ? "assertion.key" : "assertion.secret", true);
    }

    private static Shown upstream(UpstreamConfig upstream) {
        return new Shown("upstreams." + upstream.name())
                .names(
                        "servers",
                        upstream.servers().stream().map(ServerAddress::name).toList())
                .name("protocol", upstream.protocol() == UpstreamProtocol.HTTP2 ? "http2" : "http1")
                .number("max-connections", upstream.maxConnections())
                .number("max-waiting", upstream.maxWaiting())
                .number("upload-share", upstream.uploadShare())
                .duration("connect-timeout", upstream.connectTimeout())
                .duration("answer-timeout", upstream.answerTimeout())
                .duration("idle-timeout", upstream.idleTimeout());
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
        map.put("keepsSessionAnswers", route.keepsSessionAnswers());
        return map;
    }

    private static String access(Access access) {
        return access instanceof Access.Roles roles
                ? "roles: " + String.join(", ", new TreeSet<>(roles.anyOf()))
                : access instanceof Access.Authenticated ? "authenticated" : "public";
    }
}
