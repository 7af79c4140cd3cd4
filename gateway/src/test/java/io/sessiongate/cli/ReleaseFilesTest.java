package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The unit for systemd, the launcher and what a release is made of agree with each other and with the program. */
class ReleaseFilesTest {

    private static final Path UNIT = Path.of("../docker/sessiongate.service");
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

    private static Map<String, List<String>> settings;
    private static GatewayConfig config;
    private static String launcher;
    private static String descriptor;

    @BeforeAll
    static void read() throws IOException {
        settings = settings(Files.readAllLines(UNIT));
        launcher = Files.readString(Path.of("src/launcher/launch.sh"));
        descriptor = Files.readString(Path.of("src/assembly/release.xml"));
        Map<String, String> environment = Map.of("JWT_SECRET", "x".repeat(32), "DATABASE_URL", "postgresql://a@b/c");
        config = ((LoadResult.Loaded) ConfigLoader.load(Path.of("../config/sessiongate.yaml"), environment::get))
                .config();
    }

    /** What stands behind each key, whatever its section: no key is in two of ours. */
    private static Map<String, List<String>> settings(List<String> lines) {
        Map<String, List<String>> settings = new TreeMap<>();
        for (String line : lines) {
            if (!line.isBlank() && line.charAt(0) != '#' && line.charAt(0) != '[') {
                int equals = line.indexOf('=');
                assertThat(equals).as(line).isPositive();
                settings.computeIfAbsent(line.substring(0, equals), key -> new ArrayList<>())
                        .add(line.substring(equals + 1));
            }
        }
        return settings;
    }

    private static String only(String key) {
        List<String> values = settings.getOrDefault(key, List.of());
        assertThat(values).as(key).hasSize(1);
        return values.get(0);
    }

    @Test
    void startsTheLauncherOfTheReleaseWithArgumentsThatTheProgramTakes() {
        String[] words = only("ExecStart").split(" ", -1);
        String[] arguments = List.of(words).subList(1, words.length).toArray(String[]::new);

        assertThat(words[0]).isEqualTo("/opt/sessiongate/bin/sessiongate");
        assertThat(descriptor).contains("<source>src/launcher/sessiongate</source>\n      <outputDirectory>bin<");
        assertThat(PlainRun.file(arguments)).isEqualTo(Path.of("/etc/sessiongate/sessiongate.yaml"));
        assertThat(only("EnvironmentFile")).isEqualTo("-/etc/sessiongate/sessiongate.env");
    }

    @Test
    void tellsHowToInstallItInPlacesThatItNames() throws IOException {
        String text = Files.readString(UNIT);

        assertThat(text)
                .contains("ln -sfn sessiongate-VERSION /opt/sessiongate\n")
                .contains(
                        "#   useradd --system --no-create-home --shell /usr/sbin/nologin %s%n".formatted(only("User")))
                .contains("cp /opt/sessiongate/systemd/sessiongate.service ");
        assertThat(descriptor)
                .contains("<source>../docker/sessiongate.service</source>\n      <outputDirectory>systemd<")
                .contains("<baseDirectory>sessiongate-${project.version}<");
    }

    @Test
    void leavesTimeToDrain() {
        assertThat(Duration.ofSeconds(Long.parseLong(only("TimeoutStopSec"))))
                .isGreaterThan(config.drain().plus(CLOSE_BOUND));
    }

    @Test
    void doesNotTryAWrongConfigurationAgain() {
        assertThat(only("Restart")).isEqualTo("on-failure");
        assertThat(only("RestartPreventExitStatus")).isEqualTo(String.valueOf(ExitCode.CONFIGURATION));
    }

    @Test
    void mayOpenTwoFilesForEveryConnection() {
        assertThat(Integer.parseInt(only("LimitNOFILE")))
                .isGreaterThan(2 * config.limits().connections());
    }

    @Test
    void keepsTheArchiveOfClassesInTheOneFolderItMayWrite() {
        assertThat(only("ProtectSystem")).isEqualTo("strict");
        assertThat(settings.get("Environment")).contains("XDG_CACHE_HOME=/var/cache");
        assertThat(launcher)
                .contains("\"${XDG_CACHE_HOME:-${HOME:-/dev/null}/.cache}/%s\"".formatted(only("CacheDirectory")));
    }

    @Test
    void endsTheProcessWhereItsMemoryEnds() {
        assertThat(settings.get("Environment")).contains("JAVA_OPTS=-XX:+ExitOnOutOfMemoryError");
        assertThat(launcher).contains(" ${JAVA_OPTS:-} -cp \"$class_path\" " + Main.class.getName() + " ");
    }

    @Test
    void letsTheGatewaySayItselfHowItDoes() {
        assertThat(only("Type")).isEqualTo("notify");
        assertThat(Integer.parseInt(only("WatchdogSec"))).isGreaterThanOrEqualTo(10);
        assertThat(only("ExecReload")).isEqualTo("/bin/kill -HUP $MAINPID");
        assertThat(only("RestrictAddressFamilies")).contains("AF_UNIX");
    }

    @Test
    void hasNoRightsButThatToALowPort() {
        assertThat(only("CapabilityBoundingSet")).isEqualTo("CAP_NET_BIND_SERVICE");
        assertThat(only("AmbientCapabilities")).isEqualTo("CAP_NET_BIND_SERVICE");
        assertThat(only("User")).isNotEqualTo("root");
        assertThat(settings.get("SystemCallFilter")).containsExactly("@system-service", "~@privileged");
        for (String key : new String[] {"NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"}) {
            assertThat(only(key)).as(key).isEqualTo("yes");
        }
    }

    @Test
    void letsTheJvmHaveWhatItNeeds() {
        // Code that is written and run, the machine's memory in /proc, and a port below 1024.
        assertThat(settings).doesNotContainKeys("MemoryDenyWriteExecute", "ProcSubset", "PrivateUsers");
        assertThat(only("RestrictAddressFamilies").split(" ", -1)).contains("AF_INET", "AF_INET6", "AF_UNIX");
    }

    @Test
    void startsAReleaseAndACheckoutWithTheSameLines() throws IOException {
        for (String file : new String[] {"src/launcher/sessiongate", "../sessiongate"}) {
            assertThat(Path.of(file)).isExecutable();
            assertThat(Files.readString(Path.of(file)))
                    .contains("/launch.sh\"\n", "product_jar=", "libraries=", "archives=", "class_path=")
                    .endsWith("\nlaunch \"$@\"\n");
        }
        assertThat(launcher).contains(Rehearsal.class.getName());
    }
}
