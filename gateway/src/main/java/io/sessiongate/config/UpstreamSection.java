package io.sessiongate.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code upstreams.<name>}. */
final class UpstreamSection {

    private UpstreamSection() {}

    static UpstreamConfig read(String name, Section section) {
        List<ServerAddress> servers = section.parsedList("servers", Addresses::server);
        if (new HashSet<>(servers).size() < servers.size()) {
            section.error("servers", "a server stands here twice; give each once");
        }
        return new UpstreamConfig(
                name,
                servers,
                section.number("max-connections"),
                section.number("max-waiting"),
                section.duration("connect-timeout"),
                section.duration("answer-timeout"),
                section.duration("idle-timeout"),
                section.number("upload-share"),
                section.has("tls") ? tls(section, servers) : UpstreamTls.STANDARD,
                spread(section),
                protocol(section));
    }

    private static UpstreamProtocol protocol(Section section) {
        return section.text("protocol").equals("http2") ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1;
    }

    private static UpstreamTls tls(Section upstream, List<ServerAddress> servers) {
        if (servers.stream().noneMatch(ServerAddress::secure)) {
            upstream.warn("tls", "has no effect, as none of the servers is an https:// one");
        }
        Section tls = upstream.section("tls");
        return new UpstreamTls(
                ListenerSection.authorities(tls),
                tls.parsed("server-name", Addresses::hostName),
                tls.has("client-certificate") ? ListenerSection.certificate(tls.section("client-certificate")) : null);
    }

    private static ServersConfig spread(Section section) {
        Section retries = section.section("retries");
        return new ServersConfig(
                balance(section.text("balance")),
                section.has("health-check") ? healthCheck(section.section("health-check"), protocol(section)) : null,
                ejection(section.section("ejection")),
                new RetryConfig(retries.number("attempts"), retries.number("budget-percent")),
                section.duration("slow-start"),
                section.duration("dns-refresh"),
                section.number("max-in-flight"),
                section.has("wait-timeout") ? section.duration("wait-timeout") : null);
    }

    private static Balance balance(String name) {
        return switch (name) {
            case "least-requests" -> Balance.LEAST_REQUESTS;
            case "session" -> Balance.SESSION;
            default -> Balance.ROUND_ROBIN;
        };
    }

    private static EjectionConfig ejection(Section section) {
        Duration base = section.duration("base");
        Duration max = section.duration("max");
        if (section.sound("base") && section.usable("max") && base.compareTo(max) > 0) {
            section.error("base", section.shown("base") + " is too long; expected at most max");
        }
        return new EjectionConfig(
                section.number("consecutive-failures"),
                base,
                max,
                section.number("max-ejected-percent"),
                section.flag("server-errors"));
    }

    /** What is asked for: a path, or a service of gRPC, which only HTTP/2 carries. */
    private static @Nullable String service(Section section, UpstreamProtocol protocol) {
        if (!section.has("grpc-service")) {
            if (!section.has("path")) {
                section.missing("path");
            }
            return null;
        }
        if (section.has("path")) {
            section.error("grpc-service", "stands beside path; expected one of them");
        } else if (protocol == UpstreamProtocol.HTTP1) {
            section.error("grpc-service", "cannot be asked for over HTTP/1.1; expected path, or protocol: http2");
        }
        if (section.has("expect-status")) {
            section.warn("expect-status", "has no effect on grpc-service");
        }
        return section.text("grpc-service");
    }

    private static HealthCheckConfig healthCheck(Section section, UpstreamProtocol protocol) {
        String service = service(section, protocol);
        Duration interval = section.duration("interval");
        Duration timeout = section.duration("timeout");
        if (section.sound("timeout") && section.usable("interval") && timeout.compareTo(interval) > 0) {
            section.error("timeout", section.shown("timeout") + " is too long; expected at most interval");
        }
        String status = section.text("expect-status");
        boolean readable = section.usable("expect-status") && status.length() >= 3;
        int lowest = readable ? Integer.parseInt(status.substring(0, 3)) : 200;
        int highest = readable ? Integer.parseInt(status.substring(status.length() - 3)) : 399;
        if (lowest > highest) {
            section.error("expect-status", section.shown("expect-status") + " is empty; expected the lower one first");
        }
        return new HealthCheckConfig(
                service == null ? section.text("path") : HealthCheckConfig.GRPC_PATH,
                service,
                interval,
                timeout,
                section.number("healthy-after"),
                section.number("unhealthy-after"),
                lowest,
                highest);
    }
}
