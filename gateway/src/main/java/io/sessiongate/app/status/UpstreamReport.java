package io.sessiongate.app.status;

import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.EjectionConfig;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.ServersConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import io.sessiongate.config.UpstreamTls;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is shown of an upstream. Stateless. */
final class UpstreamReport {

    private UpstreamReport() {}

    static Shown of(UpstreamConfig upstream) {
        Shown shown = new Shown("upstreams." + upstream.name())
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
        tls(shown, upstream.tls());
        spread(shown, upstream);
        return shown;
    }

    private static void tls(Shown shown, UpstreamTls tls) {
        shown.path("tls.ca", tls.ca()).name("tls.server-name", tls.serverName());
        @Nullable CertificateFiles own = tls.clientCertificate();
        if (own == null) {
            shown.name("tls.client-certificate", null);
        } else {
            shown.path("tls.client-certificate.certificate", own.certificate())
                    .secret("tls.client-certificate.key", true);
        }
    }

    private static void spread(Shown shown, UpstreamConfig upstream) {
        ServersConfig spread = upstream.spread();
        EjectionConfig ejection = spread.ejection();
        shown.word("balance", spread.balance())
                .number("max-in-flight", spread.maxInFlight())
                .duration("wait-timeout", Objects.requireNonNullElse(spread.waitTimeout(), upstream.connectTimeout()))
                .number("retries.attempts", spread.retries().attempts())
                .number("retries.budget-percent", spread.retries().budgetPercent())
                .number("ejection.consecutive-failures", ejection.consecutiveFailures())
                .duration("ejection.base", ejection.base())
                .duration("ejection.max", ejection.max())
                .number("ejection.max-ejected-percent", ejection.maxEjectedPercent())
                .flag("ejection.server-errors", ejection.serverErrors())
                .duration("slow-start", spread.slowStart())
                .duration("dns-refresh", spread.dnsRefresh());
        @Nullable HealthCheckConfig check = spread.healthCheck();
        if (check == null) {
            shown.name("health-check", null);
        } else {
            health(shown, check);
        }
    }

    private static void health(Shown shown, HealthCheckConfig check) {
        shown.address("health-check.path", check.path())
                .name("health-check.grpc-service", check.grpcService())
                .duration("health-check.interval", check.interval())
                .duration("health-check.timeout", check.timeout())
                .number("health-check.healthy-after", check.healthyAfter())
                .number("health-check.unhealthy-after", check.unhealthyAfter())
                .name("health-check.expect-status", check.lowestStatus() + "-" + check.highestStatus());
    }
}
