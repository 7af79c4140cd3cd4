package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sessiongate.metrics.SessionMeters;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What Prometheus gets to see. */
class SessionMetersTest {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @Test
    void twoRealmsCountSideBySide() {
        SessionMeters a = new SessionMeters(registry, "a");
        SessionMeters b = new SessionMeters(registry, "b");
        a.limits(4, 100);
        b.limits(2, 100);

        a.requested();
        a.decided(SessionMeters.Decision.REVOKED);
        b.queried(3);

        assertThat(registry.scrape())
                .contains("sessiongate_session_requests_total{realm=\"a\"} 1.0")
                .contains("sessiongate_session_requests_total{realm=\"b\"} 0.0")
                .contains("outcome=\"ended\",realm=\"a\",reason=\"revoked\"} 1.0")
                .contains("sessiongate_session_queries_total{realm=\"b\"} 1.0")
                .contains("sessiongate_session_checks_total{realm=\"b\"} 3.0")
                .contains("sessiongate_session_connections_limit_connections{realm=\"b\"} 2.0");
    }

    @Test
    void theGaugeOfSavedQueriesDoesNotSayQueriesTwice() {
        new SessionMeters(registry, "a").requested();

        assertThat(registry.scrape()).contains("sessiongate_session_queries_saved{realm=\"a\"} 1.0");
    }

    @Test
    void everyMeterHasADescriptionAndAUnitThatItsNameLacks() {
        SessionMeters meters = new SessionMeters(registry, "a");
        meters.limits(4, 100);
        meters.cache(10, () -> 1);
        meters.queryOver(Duration.ofMillis(3).toNanos());

        assertThat(registry.getMeters()).allSatisfy(meter -> {
            assertThat(meter.getId().getName()).startsWith("sessiongate.session.");
            assertThat(meter.getId().getDescription()).isNotBlank();
            if (!meter.getId().getName().equals("sessiongate.session.queries.saved")) {
                assertThat(meter.getId().getBaseUnit()).isNotBlank();
            }
        });
    }
}
