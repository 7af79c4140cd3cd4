package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.Gateway;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The files for Kubernetes agree with each other, with the image and with the program: no cluster is at hand where tests run. */
class KubernetesFilesTest {

    private static final Path FOLDER = Path.of("../docker/kubernetes");
    private static final String TEMPLATE = "secret.example.yaml";
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);
    private static final YAMLMapper YAML = new YAMLMapper();

    /** Values that a Secret may have in place of the template's. */
    private static final Map<String, String> VALUES = Map.of(
            "JWT_SECRET", "x".repeat(32),
            "DATABASE_URL", "postgresql://gateway@127.0.0.1:1/app?connect_timeout=1&sslmode=disable",
            "ADMIN_SECRET", "y".repeat(16));

    private static JsonNode kustomization;
    private static List<JsonNode> manifests;
    private static JsonNode pod;
    private static JsonNode container;
    private static GatewayConfig config;

    @BeforeAll
    static void read() throws IOException {
        kustomization = documents("kustomization.yaml").get(0);
        manifests = new ArrayList<>();
        for (JsonNode name : kustomization.get("resources")) {
            manifests.addAll(documents(name.asString()));
        }
        pod = manifest("Deployment", "sessiongate").at("/spec/template");
        container = pod.at("/spec/containers/0");
        config = ((LoadResult.Loaded) load(VALUES)).config();
    }

    private static List<JsonNode> documents(String file) throws IOException {
        return YAML.readerFor(JsonNode.class)
                .<JsonNode>readValues(Files.readString(FOLDER.resolve(file)))
                .readAll();
    }

    private static JsonNode manifest(String kind, String name) {
        return manifests.stream()
                .filter(m -> m.get("kind").asString().equals(kind)
                        && m.at("/metadata/name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static LoadResult load(Map<String, String> secret) {
        return ConfigLoader.load(FOLDER.resolve("sessiongate.yaml"), secret::get);
    }

    private static Map<String, String> template() throws IOException {
        Map<String, String> values = new HashMap<>();
        JsonNode secret = documents(TEMPLATE).get(0);
        secret.get("stringData")
                .properties()
                .forEach(e -> values.put(e.getKey(), e.getValue().asString()));
        return values;
    }

    private static String dockerfile() throws IOException {
        return Files.readString(Path.of("../docker/Dockerfile"));
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    /** What the container calls a port, or the port itself. */
    private static int port(JsonNode port) {
        return container
                .get("ports")
                .valueStream()
                .filter(p -> p.get("name").asString().equals(port.asString()))
                .findFirst()
                .map(p -> p.get("containerPort").asInt())
                .orElseGet(port::asInt);
    }

    private static boolean selects(JsonNode labels) {
        return labels.isObject()
                && !labels.isEmpty()
                && labels.properties().stream()
                        .allMatch(e ->
                                e.getValue().equals(pod.at("/metadata/labels").get(e.getKey())));
    }

    @Test
    void appliesEveryManifestButTheTemplateOfTheSecret() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<String> others = List.of("kustomization.yaml", "sessiongate.yaml", TEMPLATE);
            assertThat(texts(kustomization.get("resources")))
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(f -> f.getFileName().toString())
                                    .filter(name -> !others.contains(name))
                                    .toList());
        }
        assertThat(manifests)
                .allSatisfy(m -> assertThat(m.get("apiVersion").isString()
                                && m.get("kind").isString()
                                && m.at("/metadata/name").asString().startsWith("sessiongate"))
                        .isTrue());
    }

    @Test
    void loadsTheFileOfTheConfigMapWithoutAWarning() {
        assertThat(((LoadResult.Loaded) load(VALUES)).warnings()).isEmpty();
    }

    @Test
    void hasInTheTemplateExactlyTheVariablesThatTheFileNeeds() throws IOException {
        List<String> problems = ((LoadResult.Invalid) load(Map.of()))
                .problems().stream().map(Problem::toString).toList();

        assertThat(template()).containsOnlyKeys(VALUES.keySet());
        assertThat(problems).hasSameSizeAs(VALUES.keySet());
        assertThat(VALUES.keySet()).allSatisfy(name -> assertThat(problems).anyMatch(p -> p.contains(name)));
    }

    @Test
    void refusesToStartWithTheTemplateAsItIs() throws IOException {
        assertThat(load(template())).isInstanceOf(LoadResult.Invalid.class);
    }

    @Test
    void givesTheContainerTheSecretAndTheFile() {
        String configMap = kustomization.at("/configMapGenerator/0/name").asString();
        String file = texts(container.get("args")).get(2);
        JsonNode mount = container.at("/volumeMounts/0");
        JsonNode volume = pod.at("/spec/volumes/0");

        assertThat(container.at("/envFrom/0/secretRef/name").asString()).isEqualTo("sessiongate");
        assertThat(volume.at("/configMap/name").asString()).isEqualTo(configMap);
        assertThat(mount.get("name")).isEqualTo(volume.get("name"));
        assertThat(file)
                .isEqualTo(mount.get("mountPath").asString() + "/"
                        + kustomization.at("/configMapGenerator/0/files/0").asString());
    }

    @Test
    void passesArgumentsThatTheProgramTakesAndTheImageHas() throws IOException {
        String[] arguments = texts(container.get("args")).toArray(String[]::new);

        assertThat(PlainRun.file(arguments)).isEqualTo(Path.of("/etc/sessiongate/sessiongate.yaml"));
        assertThat(Main.commandLine().parseArgs(arguments).subcommand().unmatched())
                .isEmpty();
        assertThat(dockerfile()).contains("CMD [\"" + String.join("\", \"", arguments) + "\"]");
        assertThat(container.has("command")).as("the image's entry point").isFalse();
    }

    @Test
    void opensThePortsThatTheFileListensOnToOtherPods() {
        assertThat(port(YAML.getNodeFactory().stringNode("http")))
                .isEqualTo(config.listeners().get(0).address().getPort());
        assertThat(port(YAML.getNodeFactory().stringNode("admin")))
                .isEqualTo(config.admin().address().getPort());
        assertThat(config.admin().address().getAddress().isAnyLocalAddress()).isTrue();
        assertThat(config.admin().secret()).isNotNull();
    }

    @Test
    void leadsServicesToThePortsOfThePods() {
        JsonNode traffic = manifest("Service", "sessiongate").get("spec");
        JsonNode admin = manifest("Service", "sessiongate-admin");

        assertThat(traffic.get("ports").size()).isEqualTo(1);
        assertThat(port(traffic.at("/ports/0/targetPort")))
                .isEqualTo(config.listeners().get(0).address().getPort());
        assertThat(admin.at("/spec/clusterIP").asString()).isEqualTo("None");
        assertThat(List.of(
                        port(admin.at("/spec/ports/0/targetPort")),
                        admin.at("/spec/ports/0/port").asInt(),
                        admin.at("/metadata/annotations/prometheus.io~1port").asInt()))
                .containsOnly(config.admin().address().getPort());
    }

    @Test
    void selectsItsOwnPodsEverywhere() {
        assertThat(selects(manifest("Deployment", "sessiongate").at("/spec/selector/matchLabels")))
                .isTrue();
        assertThat(selects(manifest("Service", "sessiongate").at("/spec/selector")))
                .isTrue();
        assertThat(selects(manifest("Service", "sessiongate-admin").at("/spec/selector")))
                .isTrue();
        assertThat(selects(manifest("PodDisruptionBudget", "sessiongate").at("/spec/selector/matchLabels")))
                .isTrue();
        assertThat(selects(manifest("NetworkPolicy", "sessiongate").at("/spec/podSelector/matchLabels")))
                .isTrue();
        assertThat(pod.at("/spec/topologySpreadConstraints").valueStream())
                .isNotEmpty()
                .allMatch(c -> selects(c.at("/labelSelector/matchLabels")));
        assertThat(pod.at("/spec/serviceAccountName"))
                .isEqualTo(manifest("ServiceAccount", "sessiongate").at("/metadata/name"));
    }

    @Test
    void asksForPagesThatThereAre(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(
                file,
                Files.readString(FOLDER.resolve("sessiongate.yaml")).replaceAll("0\\.0\\.0\\.0:\\d+", "127.0.0.1:0"));
        Gateway gateway = Gateway.start(((LoadResult.Loaded) ConfigLoader.load(file, VALUES::get)).config());
        try {
            String admin = "http://127.0.0.1:" + gateway.adminAddress().getPort();
            assertThat(status(admin, container.get("startupProbe"))).isEqualTo(200);
            assertThat(status(admin, container.get("livenessProbe"))).isEqualTo(200);
            assertThat(status(admin, container.get("readinessProbe"))).isEqualTo(503);
            assertThat(status(admin
                            + manifest("Service", "sessiongate-admin")
                                    .at("/metadata/annotations/prometheus.io~1path")
                                    .asString()))
                    .isEqualTo(200);
        } finally {
            gateway.stop();
        }
    }

    private static int status(String admin, JsonNode probe) throws IOException, InterruptedException {
        assertThat(probe.at("/httpGet/port").asString()).isEqualTo("admin");
        return status(admin + probe.at("/httpGet/path").asString());
    }

    private static int status(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void leavesTimeToDrain() {
        Duration preStop = Duration.ofSeconds(
                container.at("/lifecycle/preStop/sleep/seconds").asInt());
        Duration grace =
                Duration.ofSeconds(pod.at("/spec/terminationGracePeriodSeconds").asInt());

        assertThat(preStop).isPositive();
        assertThat(grace).isGreaterThan(preStop.plus(config.drain()).plus(CLOSE_BOUND));
    }

    @Test
    void neverHasFewerPodsThanItNeedsInARollout() {
        JsonNode deployment = manifest("Deployment", "sessiongate").get("spec");
        JsonNode autoscaler = manifest("HorizontalPodAutoscaler", "sessiongate").get("spec");

        assertThat(deployment.has("replicas")).isFalse();
        assertThat(autoscaler.at("/scaleTargetRef/kind").asString()).isEqualTo("Deployment");
        assertThat(autoscaler.at("/scaleTargetRef/name").asString()).isEqualTo("sessiongate");
        assertThat(autoscaler.get("minReplicas").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(deployment.at("/strategy/rollingUpdate/maxUnavailable").asInt())
                .isZero();
        assertThat(manifest("PodDisruptionBudget", "sessiongate")
                        .at("/spec/maxUnavailable")
                        .asInt())
                .isLessThan(autoscaler.get("minReplicas").asInt());
    }

    @Test
    void runsAsTheUserOfTheImageWithNothingItDoesNotNeed() throws IOException {
        JsonNode user = pod.at("/spec/securityContext");
        JsonNode rights = container.get("securityContext");

        assertThat(dockerfile())
                .contains("USER " + user.get("runAsUser").asInt() + ":"
                        + user.get("runAsGroup").asInt() + "\n");
        assertThat(user.get("runAsNonRoot").asBoolean()).isTrue();
        assertThat(user.at("/seccompProfile/type").asString()).isEqualTo("RuntimeDefault");
        assertThat(rights.get("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(rights.get("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(texts(rights.at("/capabilities/drop"))).containsExactly("ALL");
        assertThat(pod.at("/spec/automountServiceAccountToken").asBoolean()).isFalse();
        assertThat(manifest("ServiceAccount", "sessiongate")
                        .get("automountServiceAccountToken")
                        .asBoolean())
                .isFalse();
        assertThat(pod.at("/spec/volumes").valueStream().filter(v -> v.has("emptyDir")))
                .singleElement()
                .satisfies(v -> assertThat(container.get("volumeMounts").valueStream())
                        .anyMatch(m -> m.get("name").equals(v.get("name"))
                                && m.get("mountPath").asString().equals("/tmp")));
    }

    @Test
    void letsOnlyTheGatewayReachTheApplication() {
        JsonNode policy = manifest("NetworkPolicy", "sessiongate-only").get("spec");
        JsonNode egress = manifest("NetworkPolicy", "sessiongate").at("/spec/egress/1");
        UpstreamConfig upstream = Objects.requireNonNull(config.upstreams().get("dashboard"));
        int port = ((ServerAddress.Tcp) upstream.servers().get(0)).address().getPort();

        assertThat(policy.get("ingress").size()).isEqualTo(1);
        assertThat(policy.at("/ingress/0/from").size()).isEqualTo(1);
        assertThat(selects(policy.at("/ingress/0/from/0/podSelector/matchLabels")))
                .isTrue();
        assertThat(egress.at("/to/0/podSelector")).isEqualTo(policy.get("podSelector"));
        assertThat(List.of(
                        policy.at("/ingress/0/ports/0/port").asInt(),
                        egress.at("/ports/0/port").asInt()))
                .containsOnly(port);
    }

    @Test
    void letsOnlyPrometheusReachTheAdminPort() {
        JsonNode policy = manifest("NetworkPolicy", "sessiongate").get("spec");
        List<JsonNode> admin = policy.get("ingress")
                .valueStream()
                .filter(rule -> rule.get("ports").valueStream().anyMatch(p -> port(p.get("port")) == 9901))
                .toList();

        assertThat(texts(policy.get("policyTypes"))).containsExactly("Ingress", "Egress");
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

    @Test
    void namesTheImageOfThisVersion() throws IOException {
        assertThat(kustomization.at("/images/0/name")).isEqualTo(container.get("image"));
        assertThat(Files.readString(Path.of("../pom.xml")))
                .contains("<version>" + kustomization.at("/images/0/newTag").asString());
    }
}
