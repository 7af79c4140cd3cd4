package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.Gateway;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The files for Kubernetes agree with each other, with the image and with the program: no cluster is at hand where tests run. */
class KubernetesFilesTest {

    private static final KubernetesFiles FILES = KubernetesFiles.read();
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

    private static GatewayConfig config;

    @BeforeAll
    static void load() {
        config = KubernetesFiles.config();
    }

    private static Map<String, String> template() {
        Map<String, String> values = new HashMap<>();
        JsonNode secret = KubernetesFiles.documents(KubernetesFiles.TEMPLATE).get(0);
        secret.get("stringData")
                .properties()
                .forEach(e -> values.put(e.getKey(), e.getValue().asString()));
        return values;
    }

    private static String dockerfile() throws IOException {
        return Files.readString(Path.of("../docker/Dockerfile"));
    }

    @Test
    void appliesEveryManifestButTheTemplateOfTheSecret() throws IOException {
        try (Stream<Path> files = Files.list(KubernetesFiles.FOLDER)) {
            List<String> others =
                    List.of("kustomization.yaml", "sessiongate.yaml", KubernetesFiles.TEMPLATE, "tracing");
            assertThat(KubernetesFiles.texts(FILES.kustomization().get("resources")))
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(f -> f.getFileName().toString())
                                    .filter(name -> !others.contains(name))
                                    .toList());
        }
        assertThat(FILES.all())
                .allSatisfy(m -> assertThat(m.get("apiVersion").isString()
                                && m.get("kind").isString()
                                && m.at("/metadata/name").asString().startsWith("sessiongate"))
                        .isTrue());
    }

    @Test
    void loadsTheFileOfTheConfigMapWithoutAWarning() {
        assertThat(((LoadResult.Loaded) KubernetesFiles.load(KubernetesFiles.SECRETS)).warnings())
                .isEmpty();
    }

    @Test
    void hasInTheTemplateExactlyTheVariablesThatTheFileNeeds() throws IOException {
        List<String> problems = ((LoadResult.Invalid) KubernetesFiles.load(Map.of()))
                .problems().stream().map(Problem::toString).toList();

        assertThat(template()).containsOnlyKeys(KubernetesFiles.SECRETS.keySet());
        assertThat(problems).hasSameSizeAs(KubernetesFiles.SECRETS.keySet());
        assertThat(KubernetesFiles.SECRETS.keySet())
                .allSatisfy(name -> assertThat(problems).anyMatch(p -> p.contains(name)));
    }

    @Test
    void refusesToStartWithTheTemplateAsItIs() throws IOException {
        assertThat(KubernetesFiles.load(template())).isInstanceOf(LoadResult.Invalid.class);
    }

    @Test
    void givesTheContainerTheSecretAndTheFile() {
        String configMap =
                FILES.kustomization().at("/configMapGenerator/0/name").asString();
        String file = KubernetesFiles.texts(FILES.container().get("args")).get(2);
        JsonNode mount = FILES.container().at("/volumeMounts/0");
        JsonNode volume = FILES.pod().at("/spec/volumes/0");

        assertThat(FILES.container().at("/envFrom/0/secretRef/name").asString()).isEqualTo("sessiongate");
        assertThat(volume.at("/configMap/name").asString()).isEqualTo(configMap);
        assertThat(mount.get("name")).isEqualTo(volume.get("name"));
        assertThat(file)
                .isEqualTo(mount.get("mountPath").asString() + "/"
                        + FILES.kustomization()
                                .at("/configMapGenerator/0/files/0")
                                .asString());
    }

    @Test
    void passesArgumentsThatTheProgramTakesAndTheImageHas() throws IOException {
        String[] arguments =
                KubernetesFiles.texts(FILES.container().get("args")).toArray(String[]::new);

        assertThat(PlainRun.file(arguments)).isEqualTo(Path.of("/etc/sessiongate/sessiongate.yaml"));
        assertThat(Main.commandLine().parseArgs(arguments).subcommand().unmatched())
                .isEmpty();
        assertThat(dockerfile()).contains("CMD [\"" + String.join("\", \"", arguments) + "\"]");
        assertThat(FILES.container().has("command"))
                .as("the image's entry point")
                .isFalse();
    }

    @Test
    void asksForPagesThatThereAre(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(
                file,
                Files.readString(KubernetesFiles.FOLDER.resolve("sessiongate.yaml"))
                        .replaceAll("0\\.0\\.0\\.0:\\d+", "127.0.0.1:0"));
        Gateway gateway =
                Gateway.start(((LoadResult.Loaded) ConfigLoader.load(file, KubernetesFiles.SECRETS::get)).config());
        try {
            String admin = "http://127.0.0.1:" + gateway.adminAddress().getPort();
            assertThat(status(admin, FILES.container().get("startupProbe"))).isEqualTo(200);
            assertThat(status(admin, FILES.container().get("livenessProbe"))).isEqualTo(200);
            assertThat(status(admin, FILES.container().get("readinessProbe"))).isEqualTo(503);
            assertThat(status(admin
                            + FILES.manifest("Service", "sessiongate-admin")
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
                FILES.container().at("/lifecycle/preStop/sleep/seconds").asInt());
        Duration grace = Duration.ofSeconds(
                FILES.pod().at("/spec/terminationGracePeriodSeconds").asInt());

        assertThat(preStop).isPositive();
        assertThat(grace).isGreaterThan(preStop.plus(config.drain()).plus(CLOSE_BOUND));
    }

    @Test
    void neverHasFewerPodsThanItNeedsInARollout() {
        JsonNode deployment = FILES.manifest("Deployment", "sessiongate").get("spec");
        JsonNode autoscaler =
                FILES.manifest("HorizontalPodAutoscaler", "sessiongate").get("spec");

        assertThat(deployment.has("replicas")).isFalse();
        assertThat(autoscaler.at("/scaleTargetRef/kind").asString()).isEqualTo("Deployment");
        assertThat(autoscaler.at("/scaleTargetRef/name").asString()).isEqualTo("sessiongate");
        assertThat(autoscaler.get("minReplicas").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(deployment.at("/strategy/rollingUpdate/maxUnavailable").asInt())
                .isZero();
        assertThat(FILES.manifest("PodDisruptionBudget", "sessiongate")
                        .at("/spec/maxUnavailable")
                        .asInt())
                .isLessThan(autoscaler.get("minReplicas").asInt());
    }

    @Test
    void runsAsTheUserOfTheImageWithNothingItDoesNotNeed() throws IOException {
        JsonNode user = FILES.pod().at("/spec/securityContext");
        JsonNode rights = FILES.container().get("securityContext");

        assertThat(dockerfile())
                .contains("USER " + user.get("runAsUser").asInt() + ":"
                        + user.get("runAsGroup").asInt() + "\n");
        assertThat(user.get("runAsNonRoot").asBoolean()).isTrue();
        assertThat(user.at("/seccompProfile/type").asString()).isEqualTo("RuntimeDefault");
        assertThat(rights.get("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(rights.get("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(KubernetesFiles.texts(rights.at("/capabilities/drop"))).containsExactly("ALL");
        assertThat(FILES.pod().at("/spec/automountServiceAccountToken").asBoolean())
                .isFalse();
        assertThat(FILES.manifest("ServiceAccount", "sessiongate")
                        .get("automountServiceAccountToken")
                        .asBoolean())
                .isFalse();
        assertThat(FILES.pod().at("/spec/volumes").valueStream().filter(v -> v.has("emptyDir")))
                .singleElement()
                .satisfies(v -> assertThat(FILES.container().get("volumeMounts").valueStream())
                        .anyMatch(m -> m.get("name").equals(v.get("name"))
                                && m.get("mountPath").asString().equals("/tmp")));
    }

    @Test
    void namesTheImageOfThisVersion() throws IOException {
        assertThat(FILES.kustomization().at("/images/0/name"))
                .isEqualTo(FILES.container().get("image"));
        assertThat(Files.readString(Path.of("../pom.xml")))
                .contains("<version>"
                        + FILES.kustomization().at("/images/0/newTag").asString());
    }
}
