package io.sessiongate.config;

import java.util.HashSet;
import java.util.List;

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
                section.has("tls") ? tls(section, servers) : UpstreamTls.STANDARD);
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
}
