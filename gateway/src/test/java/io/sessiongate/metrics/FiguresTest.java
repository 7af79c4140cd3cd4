package io.sessiongate.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.SessionMeters.Decision;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FiguresTest {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private static RouteConfig route(String path) {
        return new RouteConfig(null, path, Set.of(), new Access.Public(), "app", "a", null, null, true, "file:1:1");
    }

    @Test
    void tellsRealmsApart() {
        SessionMeters one = new SessionMeters(registry, "one");
        SessionMeters other = new SessionMeters(registry, "other");
        one.requested();
        one.requested();
        one.decided(Decision.REVOKED);
        one.queried(5);
        other.requested();
        other.listener().listening(true);

        Figures figures = Figures.read(registry);

        assertThat(figures.realm("one"))
                .containsEntry("requests", 2.0)
                .containsEntry("queries", 1.0)
                .containsEntry("saved", 1.0)
                .containsEntry("checks", 5.0)
                .doesNotContainKey("listening");
        assertThat(figures.realm("other")).containsEntry("requests", 1.0).containsEntry("listening", 1.0);
        assertThat(inner(figures.realm("one"), "reasons")).containsEntry("revoked", 1.0);
        assertThat(figures.realm("nobody's")).isEmpty();
    }

    @Test
    void addsUpTheRoutes() {
        List<RouteConfig> routes = List.of(route("/a"), route("/b"));
        RequestMeters meters = new RequestMeters(registry, routes);
        meters.completed(routes.get(0), 200, null, 30_000, 1_000_000);
        meters.completed(routes.get(1), 201, null, 3_000_000, 1_000_000);
        meters.completed(null, 404, FaultKind.NO_ROUTE, -1, 1_000_000);

        Map<String, Object> process = Figures.read(registry).process();

        assertThat(inner(process, "outcomes")).isEqualTo(Map.of("2xx", 2.0, "no-route", 1.0));
        assertThat(inner(process, "decision")).containsEntry("count", 2L);
        assertThat((Iterable<?>) inner(process, "decision").get("atMost"))
                .map(Object::toString)
                .startsWith("[5.0E-5, 1]", "[2.0E-4, 1]", "[0.001, 1]", "[0.005, 2]");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> inner(Map<String, Object> of, String name) {
        return (Map<String, Object>) of.getOrDefault(name, Map.of());
    }
}
