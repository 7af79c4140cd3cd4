package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sessiongate.metrics.RevocationMeters;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.metrics.WriterMeters;
import org.junit.jupiter.api.Test;

/** What Prometheus gets to see of pushes and writes. */
class RevocationMetersTest {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final SessionMeters realm = new SessionMeters(registry, "a");

    @Test
    void countsGapsAsListeningEnds() {
        RevocationMeters meters = realm.listener();
        meters.connecting();
        meters.listening(true);
        assertThat(registry.scrape()).contains("sessiongate_revocation_listening{realm=\"a\"} 1.0");

        meters.listening(false);
        meters.listening(false);

        assertThat(registry.scrape())
                .contains("sessiongate_revocation_listening{realm=\"a\"} 0.0")
                .contains("sessiongate_revocation_gaps_total{realm=\"a\"} 1.0")
                .contains("sessiongate_revocation_connects_attempts_total{realm=\"a\"} 1.0");
    }

    @Test
    void countsWhatWasPushed() {
        RevocationMeters meters = realm.listener();

        meters.notified(RevocationMeters.Kind.SESSION_ENDED, 3);
        meters.notified(RevocationMeters.Kind.PING, 0);
        meters.ignored();
        meters.pingLost();

        assertThat(registry.scrape())
                .contains("sessiongate_revocation_notifications_total{kind=\"session-ended\",realm=\"a\"} 1.0")
                .contains("sessiongate_revocation_notifications_total{kind=\"ping\",realm=\"a\"} 1.0")
                .contains("sessiongate_revocation_pushed_ids_total{kind=\"session-ended\",realm=\"a\"} 3.0")
                .contains("sessiongate_revocation_pushed_ids_total{kind=\"subject-ended\",realm=\"a\"} 0.0")
                .contains("sessiongate_revocation_ignored_notifications_total{realm=\"a\"} 1.0")
                .contains("sessiongate_revocation_lost_pings_total{realm=\"a\"} 1.0");
    }

    @Test
    void countsWhatWasWritten() {
        WriterMeters meters = realm.writer();

        meters.touchesWritten(5);
        meters.touchesDropped(2);
        meters.touchesFailed(1);
        meters.broadcast(4);
        meters.broadcastsLost(3);

        assertThat(registry.scrape())
                .contains("sessiongate_session_touches_sessions_total{outcome=\"written\",realm=\"a\"} 5.0")
                .contains("sessiongate_session_touches_sessions_total{outcome=\"dropped\",realm=\"a\"} 2.0")
                .contains("sessiongate_session_touches_sessions_total{outcome=\"failed\",realm=\"a\"} 1.0")
                .contains("sessiongate_revocation_broadcasts_ids_total{outcome=\"sent\",realm=\"a\"} 4.0")
                .contains("sessiongate_revocation_broadcasts_ids_total{outcome=\"lost\",realm=\"a\"} 3.0");
    }
}
