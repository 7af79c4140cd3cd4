package io.sessiongate;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.cli.HealthProbe;
import io.sessiongate.cli.Main;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.ServerAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The container files agree with each other and with the code: no container engine is at hand where tests run. */
class DockerFilesTest {

    private static final Path DOCKER = Path.of("../docker");

    /** As the compose file sets it, with a value in place of its variables. */
    private static @Nullable String environment(String name) {
        try {
            JsonNode value = services().get("gateway").get("environment").get(name);
            return value == null ? null : value.asString().replaceAll("\\$\\{[^}]*}", "x".repeat(32));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LoadResult load() {
        return ConfigLoader.load(DOCKER.resolve("sessiongate.yaml"), DockerFilesTest::environment);
    }

    private static GatewayConfig config() {
        return ((LoadResult.Loaded) load()).config();
    }

    private static JsonNode services() throws IOException {
        return YAMLMapper.builder()
                .build()
                .readTree(Files.readString(DOCKER.resolve("compose.yaml")))
                .get("services");
    }

    private static String dockerfile() throws IOException {
        return Files.readString(DOCKER.resolve("Dockerfile"));
    }

    @Test
    void loadsTheGatewaysFileWithoutAWarning() {
        LoadResult result = load();

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        assertThat(((LoadResult.Loaded) result).warnings()).isEmpty();
    }

    @Test
    void exposesThePortsThatTheGatewayListensOn() throws IOException {
        int port = config().listeners().get(0).address().getPort();
        int adminPort = config().admin().address().getPort();

        assertThat(dockerfile()).contains("EXPOSE " + port + " " + adminPort + "\n");
    }

    @Test
    void publishesTheListenerAndNotTheAdminPort() throws IOException {
        int port = config().listeners().get(0).address().getPort();

        assertThat(services().get("gateway").get("ports").valueStream().map(JsonNode::asString))
                .containsExactly("127.0.0.1:8080:" + port);
    }

    @Test
    void publishesNothingOfApplicationAndDatabase() throws IOException {
        assertThat(services().get("application").has("ports")).isFalse();
        assertThat(services().get("database").has("ports")).isFalse();
    }

    @Test
    void mountsTheFileWhereTheImageLooksForIt() throws IOException {
        String mount = services().get("gateway").get("volumes").get(0).asString();

        assertThat(mount).startsWith("./sessiongate.yaml:").endsWith(":ro");
        assertThat(dockerfile()).contains("CMD [\"run\", \"-c\", \"" + mount.split(":", -1)[1] + "\"]");
    }

    @Test
    void forwardsToTheApplicationOfTheComposeFile() throws IOException {
        var server = ((ServerAddress.Tcp)
                        config().upstreams().get("application").servers().get(0))
                .address();

        assertThat(services().has(server.getHostString())).isTrue();
        assertThat(dockerfile()).contains("EXPOSE " + server.getPort() + "\n");
    }

    @Test
    void scrapesTheAdminPort() throws IOException {
        String target = "gateway:" + config().admin().address().getPort();

        assertThat(Files.readString(DOCKER.resolve("prometheus.yml"))).contains('"' + target + '"');
        assertThat(services()
                        .get("application")
                        .get("environment")
                        .get("GATEWAY_METRICS")
                        .asString())
                .isEqualTo("http://" + target + "/metrics");
    }

    @Test
    void buildsStagesThatThereAreFromAFileThatThereIs() throws IOException {
        List<JsonNode> builds = services()
                .valueStream()
                .filter(service -> service.has("build"))
                .map(service -> service.get("build"))
                .toList();

        assertThat(builds).isNotEmpty();
        for (JsonNode build : builds) {
            Path context = DOCKER.resolve(build.get("context").asString());
            assertThat(context.resolve(build.get("dockerfile").asString())).isRegularFile();
            assertThat(dockerfile())
                    .containsOnlyOnce(" AS " + build.get("target").asString() + "\n");
        }
    }

    @Test
    void mountsFilesThatThereAreAndMayNotBeWritten() throws IOException {
        assertThat(services().valueStream().filter(service -> service.has("volumes")))
                .isNotEmpty()
                .allSatisfy(service -> assertThat(service.get("volumes")
                                .valueStream()
                                .map(JsonNode::asString)
                                .filter(volume -> volume.startsWith(".")))
                        .allSatisfy(volume -> {
                            String[] parts = volume.split(":", -1);
                            assertThat(DOCKER.resolve(parts[0])).exists();
                            assertThat(parts[2]).isEqualTo("ro");
                        }));
    }

    @Test
    void waitsLongerThanTheDrainBeforeItKills() throws IOException {
        String grace = services().get("gateway").get("stop_grace_period").asString();

        assertThat(Duration.parse("PT" + grace)).isGreaterThan(config().drain().plusSeconds(2));
    }

    @Test
    void givesTheGatewayNothingToWriteButWhereNettyUnpacks() throws IOException {
        JsonNode gateway = services().get("gateway");

        assertThat(gateway.get("read_only").asBoolean()).isTrue();
        assertThat(gateway.get("tmpfs").valueStream().map(JsonNode::asString)).containsExactly("/tmp:exec,mode=1777");
        assertThat(gateway.get("cap_drop").valueStream().map(JsonNode::asString))
                .containsExactly("ALL");
    }

    @Test
    void leavesOutTheNativeLibrariesOfOtherProcessorsOnly() throws IOException {
        assertThat(dockerfile())
                .contains(
                        "-name '*-linux-*.jar' ! -name \"*-linux-$(uname -m | sed s/aarch64/aarch_64/).jar\" -delete");
    }

    @Test
    void namesProgramsThatThereAre() throws IOException {
        assertThat(dockerfile())
                .contains("\"" + Main.class.getName() + "\"]", "\"" + HealthProbe.class.getName() + "\"]")
                .contains("\"io.sessiongate.demo.DemoApplicationMain\"]");
        assertThat(Path.of("../demo/src/main/java/io/sessiongate/demo/DemoApplicationMain.java"))
                .exists();
    }
}
