package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Who reaches what in Kubernetes: ports, selectors and network policies are those of the configuration and of the pods. */
class KubernetesNetworkTest {

    private static final KubernetesFiles FILES = KubernetesFiles.read();

    private static GatewayConfig config;

    @BeforeAll
    static void load() {
        config = KubernetesFiles.config();
    }

    @Test
    void opensThePortsThatTheFileListensOnToOtherPods() {
        assertThat(FILES.port("http"))
                .isEqualTo(config.listeners().get(0).address().getPort());
        assertThat(FILES.port("admin")).isEqualTo(config.admin().address().getPort());
        assertThat(config.admin().address().getAddress().isAnyLocalAddress()).isTrue();
        assertThat(config.admin().secret()).isNotNull();
    }

    @Test
    void leadsServicesToThePortsOfThePods() {
        JsonNode traffic = FILES.manifest("Service", "sessiongate").get("spec");
        JsonNode admin = FILES.manifest("Service", "sessiongate-admin");

        assertThat(traffic.get("ports").size()).isEqualTo(1);
        assertThat(FILES.port(traffic.at("/ports/0/targetPort")))
                .isEqualTo(config.listeners().get(0).address().getPort());
        assertThat(admin.at("/spec/clusterIP").asString()).isEqualTo("None");
        assertThat(List.of(
                        FILES.port(admin.at("/spec/ports/0/targetPort")),
                        admin.at("/spec/ports/0/port").asInt(),
                        admin.at("/metadata/annotations/prometheus.io~1port").asInt()))
                .containsOnly(config.admin().address().getPort());
    }

    @Test
    void selectsItsOwnPodsEverywhere() {
        assertThat(FILES.selects(FILES.manifest("Deployment", "sessiongate").at("/spec/selector/matchLabels")))
                .isTrue();
        assertThat(FILES.selects(FILES.manifest("Service", "sessiongate").at("/spec/selector")))
                .isTrue();
        assertThat(FILES.selects(FILES.manifest("Service", "sessiongate-admin").at("/spec/selector")))
                .isTrue();
        assertThat(FILES.selects(
                        FILES.manifest("PodDisruptionBudget", "sessiongate").at("/spec/selector/matchLabels")))
                .isTrue();
        assertThat(FILES.selects(FILES.manifest("NetworkPolicy", "sessiongate").at("/spec/podSelector/matchLabels")))
                .isTrue();
        assertThat(FILES.pod().at("/spec/topologySpreadConstraints").valueStream())
                .isNotEmpty()
                .allMatch(c -> FILES.selects(c.at("/labelSelector/matchLabels")));
        assertThat(FILES.pod().at("/spec/serviceAccountName"))
                .isEqualTo(FILES.manifest("ServiceAccount", "sessiongate").at("/metadata/name"));
    }

    @Test
    void letsOnlyTheGatewayReachTheApplication() {
        JsonNode policy = FILES.manifest("NetworkPolicy", "sessiongate-only").get("spec");
        JsonNode egress = FILES.manifest("NetworkPolicy", "sessiongate").at("/spec/egress/1");
        UpstreamConfig upstream = Objects.requireNonNull(config.upstreams().get("dashboard"));
        int port = ((ServerAddress.Tcp) upstream.servers().get(0)).address().getPort();

        assertThat(policy.get("ingress").size()).isEqualTo(1);
        assertThat(policy.at("/ingress/0/from").size()).isEqualTo(1);
        assertThat(FILES.selects(policy.at("/ingress/0/from/0/podSelector/matchLabels")))
                .isTrue();
        assertThat(egress.at("/to/0/podSelector")).isEqualTo(policy.get("podSelector"));
        assertThat(List.of(
                        policy.at("/ingress/0/ports/0/port").asInt(),
                        egress.at("/ports/0/port").asInt()))
                .containsOnly(port);
    }

    @Test
    void letsOnlyPrometheusReachTheAdminPort() {
        JsonNode policy = FILES.manifest("NetworkPolicy", "sessiongate").get("spec");
        List<JsonNode> admin = policy.get("ingress")
                .valueStream()
                .filter(rule -> rule.get("ports").valueStream().anyMatch(p -> FILES.port(p.get("port")) == 9901))
                .toList();

        assertThat(KubernetesFiles.texts(policy.get("policyTypes"))).containsExactly("Ingress", "Egress");
        assertThat(admin).singleElement().satisfies(rule -> {
            assertThat(rule.get("from").size()).isEqualTo(1);
            assertThat(rule.at("/from/0/podSelector/matchLabels/app.kubernetes.io~1name")
                            .asString())
                    .isEqualTo("prometheus");
            assertThat(rule.get("ports").size()).isEqualTo(1);
        });
        assertThat(policy.get("ingress").valueStream())
                .allSatisfy(rule -> assertThat(rule.get("from").isEmpty()).isFalse());
        assertThat(policy.get("egress")
                        .valueStream()
                        .flatMap(rule -> rule.get("ports").valueStream())
                        .map(p -> p.get("port").asInt()))
                .containsExactly(53, 53, 3000, 5432);
    }
}
