package io.sessiongate.app.doctor;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks at what a configuration leads to: certificates, the databases, the keys, the application. Reads only, and of the session tables
 * only what PostgreSQL plans to do with them. Blocks the thread it is called on; every look has a deadline.
 */
public final class Doctor {

    static final String APPLICATION = "application";

    /**
     * How to look.
     *
     * @param gateways how many gateways there are, or will be
     * @param watch how long the application's own queries are counted; zero leaves that out
     * @param deadline of each single look
     */
    public record Options(int gateways, Duration watch, Duration deadline) {}

    private final GatewayConfig config;
    private final Options options;
    private final Findings findings;

    private Doctor(GatewayConfig config, Options options, Findings findings) {
        this.config = config;
        this.options = options;
        this.findings = findings;
    }

    /** Looks at these realms and at all upstreams; the reader has each finding as soon as there is one. */
    public static void examine(
            GatewayConfig config, List<RealmConfig> realms, Options options, Consumer<Finding> reader)
            throws InterruptedException {
        new Doctor(config, options, new Findings(reader)).examine(realms);
    }

    private void examine(List<RealmConfig> realms) throws InterruptedException {
        listeners();
        List<RealmExamination> examinations = new ArrayList<>();
        try {
            for (RealmConfig realm : realms) {
                RealmExamination examination = new RealmExamination(realm, config, options, findings);
                examinations.add(examination);
                examination.run();
            }
            upstreams(realms);
            for (RealmExamination examination : examinations) {
                examination.ownQueries(Doctor::pause);
            }
        } finally {
            examinations.forEach(RealmExamination::close);
        }
    }

    private void listeners() throws InterruptedException {
        for (ListenerConfig listener : config.listeners()) {
            if (listener.tls() != null) {
                String address = listener.address().getAddress().getHostAddress() + ":"
                        + listener.address().getPort();
                new CertificateChecks(config, listener, Instant.now()).run(findings, "listener " + address);
            }
        }
    }

    private boolean leadsTo(RealmConfig realm, UpstreamConfig upstream) {
        return config.routes().stream()
                .anyMatch(route -> route.upstream().equals(upstream.name())
                        && route.realm().equals(realm.name()));
    }

    private void upstreams(List<RealmConfig> realms) throws InterruptedException {
        UpstreamChecks checks = new UpstreamChecks(options.deadline(), Instant.now());
        List<UpstreamConfig> upstreams = config.upstreams().values().stream()
                .sorted(Comparator.comparing(UpstreamConfig::name))
                .toList();
        for (UpstreamConfig upstream : upstreams) {
            if (upstream.servers().stream().anyMatch(ServerAddress::secure)) {
                checks.certificates(upstream.tls(), findings, "upstream " + upstream.name());
            }
        }
        for (UpstreamConfig upstream : upstreams) {
            for (ServerAddress server : upstream.servers()) {
                String name = upstream.name() + " " + server.name();
                if (upstream.protocol() == UpstreamProtocol.HTTP2) {
                    findings.check(APPLICATION, name, () -> checks.speaksHttp2(server, upstream.tls()));
                    continue; // Auth.js speaks HTTP/1.1
                }
                findings.check(APPLICATION, name, () -> checks.answers(server, upstream.tls()));
                for (RealmConfig realm : realms) {
                    if (!realm.token().authJs().isEmpty() && leadsTo(realm, upstream)) {
                        findings.check(
                                APPLICATION,
                                "Auth.js of " + upstream.name(),
                                () -> checks.authJs(server, upstream.tls(), realm.token()));
                    }
                }
            }
        }
    }

    private static void pause(Duration time) throws InterruptedException {
        try {
            new CompletableFuture<Void>()
                    .completeOnTimeout(null, Math.max(0, time.toMillis()), TimeUnit.MILLISECONDS)
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // nothing completes it but time
        }
    }
}
