package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.config.UpstreamConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    void leavesTheCollectorOfTracesToAComponent() throws IOException {
        String kustomization = Files.readString(KubernetesFiles.FOLDER.resolve("kustomization.yaml"));
        JsonNode component =
                KubernetesFiles.documents("tracing/kustomization.yaml").get(0);

        assertThat(FILES.kustomization().has("components")).isFalse();
        assertThat(kustomization).contains("\n# components: [ tracing ]");
        assertThat(component.get("kind").asString()).isEqualTo("Component");
        assertThat(KubernetesFiles.texts(component.get("resources"))).containsExactly("network.yaml");
    }

    @Test
    void letsTheGatewayOutToTheCollectorThatTheFileSuggestsAndNowhereElse(@TempDir Path folder) throws IOException {
        JsonNode policy = KubernetesFiles.documents("tracing/network.yaml").get(0);
        JsonNode rule = policy.at("/spec/egress/0");
        URI endpoint = withTracing(folder).endpoint();

        assertThat(policy.at("/metadata/name").asString()).isEqualTo("sessiongate-tracing");
        assertThat(FILES.selects(policy.at("/spec/podSelector/matchLabels"))).isTrue();
        assertThat(KubernetesFiles.texts(policy.at("/spec/policyTypes"))).containsExactly("Egress");
        assertThat(policy.at("/spec/egress").size()).isEqualTo(1);
        assertThat(rule.get("to").size()).isEqualTo(1);
        // Both in one item: pods with these labels in that namespace; as two items it would be all of its pods.
        String namespace = rule.at("/to/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name")
                .asString();
        String pods =
                rule.at("/to/0/podSelector/matchLabels/app.kubernetes.io~1name").asString();
        assertThat(endpoint.getHost()).isEqualTo(pods + "." + namespace);
        assertThat(rule.get("ports").size()).isEqualTo(1);
        assertThat(rule.at("/ports/0/port").asInt()).isEqualTo(endpoint.getPort());
    }

    /** What the ConfigMap says of tracing once its line is no comment. */
    private static TracingConfig withTracing(Path folder) throws IOException {
        String text = Files.readString(KubernetesFiles.FOLDER.resolve("sessiongate.yaml"));
        Path file = Files.writeString(folder.resolve("sessiongate.yaml"), text.replace("\n# tracing:", "\ntracing:"));
        LoadResult result = ConfigLoader.load(file, KubernetesFiles.SECRETS::get);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return Objects.requireNonNull(((LoadResult.Loaded) result).config().tracing());
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
