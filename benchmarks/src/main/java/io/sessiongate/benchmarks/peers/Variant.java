package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Another build or another setting of Sessiongate, measured beside the first. What is empty is as in the first.
 *
 * @param label names it in tables and files
 * @param jvmOptions behind those of {@code JAVA_OPTS}
 * @param jar of the gateway; its libraries are in {@code lib} beside it, or else ours
 * @param checkout whose launcher is run, and built by it where that is needed; excludes {@code jar}
 * @param jdk a folder with {@code bin/java}
 * @param yaml keys at the top of the configuration file
 * @param upstream keys of the upstream as a flow mapping without braces; <code>{socket}</code> stands for the application's
 *     Unix-domain socket
 */
record Variant(String label, String jvmOptions, String jar, String checkout, String jdk, String yaml, String upstream) {

    /** The one everybody runs. */
    static final Variant NONE = new Variant("", "", "", "", "", "", "");

    /** All connections of the load and all that they want at once fit; for the others that is a question of memory. */
    private static final String LIMITS = "limits: { connections: 20000, connections-per-address: 20000 }";

    private static final String WAITING = "max-waiting: 20000";
    private static final Path JAR = Path.of("gateway", "target", "sessiongate.jar");

    static Variant named(String label) {
        return new Variant(label, "", "", "", "", "", "");
    }

    /** One option of the command line: {@code jar}, {@code jvm}... */
    Variant with(String what, String value) {
        return switch (what) {
            case "--variant" -> new Variant(label, value, jar, checkout, jdk, yaml, upstream);
            case "--variant-jar" -> new Variant(label, jvmOptions, value, checkout, jdk, yaml, upstream);
            case "--variant-checkout" -> new Variant(label, jvmOptions, jar, value, jdk, yaml, upstream);
            case "--variant-jdk" -> new Variant(label, jvmOptions, jar, checkout, value, yaml, upstream);
            case "--variant-yaml" -> new Variant(label, jvmOptions, jar, checkout, jdk, value, upstream);
            case "--variant-upstream" -> new Variant(label, jvmOptions, jar, checkout, jdk, yaml, value);
            default -> throw new IllegalArgumentException("unknown option " + what);
        };
    }

    /** What to run; makes a folder laid out like a checkout for a jar alone, so that a new build does not pull it away. */
    GatewayProcess.Program program(String name, Path directory, Path socket, String moreOptions) throws IOException {
        var environment = new HashMap<String, String>();
        String options = String.join(" ", System.getenv().getOrDefault("JAVA_OPTS", ""), moreOptions, jvmOptions)
                .strip();
        environment.put("JAVA_OPTS", options);
        if (!jdk.isEmpty()) {
            environment.put("SESSIONGATE_JAVA_HOME", jdk);
        }
        String top = yaml.startsWith("limits:") || yaml.contains("\nlimits:") ? yaml : LIMITS + "\n" + yaml;
        String upstreamKeys = upstream.contains("max-waiting:") ? upstream : join(WAITING, upstream);
        return new GatewayProcess.Program(
                name,
                home(directory),
                Map.copyOf(environment),
                top,
                upstreamKeys.replace("{socket}", socket.toString()));
    }

    /** Has another checkout's launcher build what is missing there, before it is on one processor and a clock is ticking. */
    void build() throws IOException {
        if (!checkout.isEmpty()) {
            String launcher =
                    Path.of(checkout).toAbsolutePath().resolve("sessiongate").toString();
            System.out.println(label + " is " + Tools.version(List.of(launcher, "version")));
        }
    }

    private static String join(String left, String right) {
        return right.isEmpty() ? left : left + ", " + right;
    }

    private Path home(Path directory) throws IOException {
        Path ours = GatewayProcess.thisCheckout().toAbsolutePath();
        if (!checkout.isEmpty()) {
            return Path.of(checkout).toAbsolutePath();
        }
        if (jar.isEmpty()) {
            return ours;
        }
        Path home = directory.resolve("home-" + label);
        if (!Files.exists(home)) {
            Path given = Path.of(jar).toAbsolutePath();
            Path beside = given.resolveSibling("lib");
            Path target = Files.createDirectories(home.resolve(JAR).getParent());
            Files.copy(given, home.resolve(JAR));
            Path libraries =
                    Files.isDirectory(beside) ? beside : ours.resolve(JAR).resolveSibling("lib");
            Files.createSymbolicLink(target.resolve("lib"), libraries);
            Files.createSymbolicLink(home.resolve("sessiongate"), ours.resolve("sessiongate"));
        }
        return home;
    }
}
