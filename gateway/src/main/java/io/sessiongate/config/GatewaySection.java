package io.sessiongate.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the whole file: the table of contents of a configuration. */
final class GatewaySection {

    /** What nobody guesses over a network. */
    private static final int LEAST_SECRET_BYTES = 16;

    /** 107 is what Linux takes (unix(7)); until it is published it has a number behind its name. */
    private static final int LONGEST_SOCKET_BYTES = 96;

    private final Section section;

    private GatewaySection(Section section) {
        this.section = section;
    }

    /** To be used only if no errors were reported. */
    static GatewayConfig read(Section section) {
        return new GatewaySection(section).read();
    }

    private GatewayConfig read() {
        List<ListenerConfig> listeners = listeners();
        AdminConfig admin = admin(listeners);
        Map<String, RealmConfig> realms = realms();
        Map<String, UpstreamConfig> upstreams = upstreams();
        refuseSharedHeaders(listeners, realms);
        List<RouteConfig> routes = routes(
                section.named("realms"),
                upstreams.keySet(),
                section.named(RateLimitSection.KEY).keySet());
        return new GatewayConfig(
                section.text("mode").equals("observe") ? Mode.OBSERVE : Mode.ENFORCE,
                listeners,
                admin,
                realms,
                upstreams,
                RateLimitSection.read(section),
                routes,
                limits(section.section("limits")),
                timeouts(section.section("timeouts")),
                section.parsedList("trusted-proxies", CidrBlock::parse),
                log(section.section("log")),
                TracingSection.read(section),
                transport(),
                section.number("event-loops"),
                section.duration("drain"),
                new ReloadConfig(
                        section.section("reload").flag("watch"),
                        section.section("reload").duration("interval")),
                section.section("hand-over").parsed("socket", name -> socket(section, name)));
    }

    private static Path socket(Section section, String name) {
        Path path = PemFile.path(section, name);
        if (path.toString().getBytes(UTF_8).length > LONGEST_SOCKET_BYTES) {
            throw new IllegalArgumentException("longer than the system allows; expected a path of at most "
                    + LONGEST_SOCKET_BYTES + " bytes such as /run/sessiongate/hand-over.sock");
        }
        return path;
    }

    private List<ListenerConfig> listeners() {
        var listeners = new ArrayList<ListenerConfig>();
        for (Section entry : section.sections("listeners")) {
            @Nullable InetSocketAddress address = entry.parsed("address", Addresses::listen);
            if (address == null) {
                continue;
            }
            if (listeners.stream().anyMatch(l -> collide(l.address(), address))) {
                entry.error("address", entry.shown("address") + " is taken by a listener above; expected another port");
            }
            ListenerConfig listener = ListenerSection.read(entry, address);
            if (listener.proxyProtocol() && !section.has("trusted-proxies")) {
                entry.error(
                        "proxy-protocol",
                        "nobody could connect; expected trusted-proxies with the addresses of the proxies");
            }
            listeners.add(listener);
        }
        return listeners;
    }

    private AdminConfig admin(List<ListenerConfig> listeners) {
        Section admin = section.section("admin");
        @Nullable InetSocketAddress address = admin.parsed("address", Addresses::listen);
        if (address == null) {
            return new AdminConfig(new InetSocketAddress(0));
        }
        if (listeners.stream().anyMatch(l -> collide(l.address(), address))) {
            String shown = admin.has("address") ? admin.shown("address") : "the default address";
            admin.error("address", shown + " is a listener's too, where clients would reach it; expected another port");
        }
        byte @Nullable [] secret = admin.parsed("secret", PemKeys::utf8);
        if (secret != null && secret.length < LEAST_SECRET_BYTES) {
            admin.error("secret", "only " + secret.length + " bytes; expected at least " + LEAST_SECRET_BYTES);
        } else if (secret != null && !isVisible(secret)) {
            admin.error(
                    "secret",
                    "has spaces, or characters that are not ASCII; expected what a header can carry, such as 32"
                            + " hexadecimal digits");
        }
        return new AdminConfig(
                address,
                secret == null ? null : new SecretBytes(secret),
                Set.copyOf(admin.parsedList("hosts", Addresses::hostName)));
    }

    private static boolean isVisible(byte[] secret) {
        for (byte b : secret) {
            if (b <= ' ' || b == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean collide(InetSocketAddress one, InetSocketAddress other) {
        InetAddress a = Objects.requireNonNull(one.getAddress());
        InetAddress b = Objects.requireNonNull(other.getAddress());
        return one.getPort() != 0
                && one.getPort() == other.getPort()
                && (a.equals(b) || a.isAnyLocalAddress() || b.isAnyLocalAddress());
    }

    private Map<String, RealmConfig> realms() {
        Map<String, RealmConfig> realms = new LinkedHashMap<>();
        section.named("realms").forEach((name, realm) -> {
            TokenConfig token = TokenSection.read(realm.section("token"), realm.section("session"));
            @Nullable SessionConfig session =
                    SessionSection.read(realm.section("session"), token.kind() == TokenConfig.Kind.OPAQUE);
            IdentityConfig identity = IdentitySection.read(
                    realm.section("identity"),
                    realm.section("session").section("attributes").names());
            if (token.kind() == TokenConfig.Kind.OPAQUE
                    && !identity.claimHeaders().isEmpty()) {
                realm.section("identity")
                        .error("claims", "an opaque token has no claims; expected identity.attributes");
            }
            if (session != null) {
                realms.put(name, new RealmConfig(name, token, session, identity));
            }
        });
        return realms;
    }

    /** What a listener says of a certificate and what a realm says of a session are two things. */
    private void refuseSharedHeaders(List<ListenerConfig> listeners, Map<String, RealmConfig> realms) {
        Set<String> written = new HashSet<>();
        realms.values()
                .forEach(realm -> realm.identity().headerNames().stream()
                        .map(FieldNames::normalised)
                        .forEach(written::add));
        List<Section> sections = section.sections("listeners");
        for (int i = 0; i < listeners.size() && listeners.size() == sections.size(); i++) {
            TlsConfig tls = listeners.get(i).tls();
            String header = tls == null ? null : tls.clientCertificates().header();
            if (header != null && written.contains(FieldNames.normalised(header))) {
                sections.get(i)
                        .section("tls")
                        .section("client-certificates")
                        .error("header", "a realm's identity is written there; expected another name");
            }
        }
    }

    private Map<String, UpstreamConfig> upstreams() {
        Map<String, UpstreamConfig> upstreams = new LinkedHashMap<>();
        section.named("upstreams")
                .forEach((name, upstream) -> upstreams.put(name, UpstreamSection.read(name, upstream)));
        return upstreams;
    }

    private List<RouteConfig> routes(
            Map<String, Section> realms, Collection<String> upstreams, Collection<String> rateLimits) {
        var routes = new ArrayList<RouteConfig>();
        var checks = new RouteChecks();
        var sections = section.sections("routes");
        for (Section entry : sections) {
            @Nullable RouteConfig route = new RouteSection(entry, realms, upstreams, rateLimits).read();
            if (route != null) {
                routes.add(route);
                checks.add(entry, route);
            }
        }
        checks.refuseTwins();
        if (routes.size() == sections.size()) {
            checks.checkCoverage();
            warnUnused("upstreams", upstreams, routes, route -> List.of(route.upstream()));
            warnUnused(RateLimitSection.KEY, rateLimits, routes, RouteConfig::rateLimits);
            List<RouteConfig> guarded = routes.stream()
                    .filter(r -> !(r.access() instanceof Access.Public) || r.keepsSessionAnswers())
                    .toList();
            warnUnused("realms", realms.keySet(), guarded, route -> List.of(route.realm()));
        }
        return routes;
    }

    private void warnUnused(
            String key, Collection<String> names, List<RouteConfig> routes, Function<RouteConfig, List<String>> use) {
        for (String name : names) {
            if (routes.stream().map(use).noneMatch(used -> used.contains(name))) {
                section.source().problems().warnAtKey(KeyPath.of(key, name), "no route uses it");
            }
        }
    }

    private static LimitsConfig limits(Section limits) {
        var config = new LimitsConfig(
                (int) limits.bytes("request-head"),
                (int) limits.bytes("request-target"),
                limits.number("header-count"),
                limits.text("request-body").equals("none") ? Long.MAX_VALUE : limits.bytes("request-body"),
                (int) limits.bytes("response-head"),
                limits.number("connections"),
                limits.number("connections-per-address"),
                limits.number("requests-per-connection"),
                limits.number("streams-per-connection"),
                limits.text("buffered-bytes").equals("auto") ? LimitsConfig.AUTO : limits.bytes("buffered-bytes"));
        if (config.requestTargetBytes() > config.requestHeadBytes() && limits.usable("request-head")) {
            limits.error("request-target", "larger than limits.request-head, which it is a part of");
        }
        return config;
    }

    private static TimeoutsConfig timeouts(Section timeouts) {
        return new TimeoutsConfig(
                timeouts.duration("request-head"),
                timeouts.duration("idle"),
                timeouts.duration("request-body"),
                timeouts.duration("stream"),
                timeouts.bytes("request-body-rate"),
                timeouts.duration("unread-answer"));
    }

    private static LogConfig log(Section log) {
        return new LogConfig(
                log.text("format").equals("json") ? LogConfig.Format.JSON : LogConfig.Format.TEXT, log.flag("access"));
    }

    private TransportKind transport() {
        String name = section.text("transport");
        return name.isEmpty() ? TransportKind.AUTO : TransportKind.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
