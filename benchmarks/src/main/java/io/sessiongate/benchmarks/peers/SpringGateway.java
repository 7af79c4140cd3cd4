package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Spring Cloud Gateway from the project beside this one, which nothing else builds. */
final class SpringGateway {

    private static final Path PROJECT = Path.of("benchmarks", "spring-cloud-gateway");
    private static final long BUILD_MINUTES = 10;

    private SpringGateway() {}

    private static Path project() {
        return GatewayProcess.thisCheckout().toAbsolutePath().resolve(PROJECT);
    }

    private static Path jar() {
        return project().resolve("target").resolve("spring-cloud-gateway.jar");
    }

    /** Has Maven resolve and build it; false, with the reason printed, where that is not possible. */
    static boolean build() throws IOException, InterruptedException {
        if (!Tools.installed("mvn")) {
            System.out.println("Spring Cloud Gateway is left out: Maven is not installed");
            return false;
        }
        Process maven = new ProcessBuilder(
                        "mvn", "-q", "-B", "-f", project().resolve("pom.xml").toString(), "package")
                .inheritIO()
                .start();
        if (!maven.waitFor(BUILD_MINUTES, TimeUnit.MINUTES) || maven.exitValue() != 0 || !Files.exists(jar())) {
            maven.destroy();
            System.out.println("Spring Cloud Gateway is left out: Maven cannot resolve or build " + PROJECT);
            return false;
        }
        return true;
    }

    /** On the newest Java installed, as Sessiongate, with its defaults. */
    static ChildProcess start(String name, Path home, int cpu, InetSocketAddress address, Backend backend)
            throws IOException {
        var environment = Map.of(
                "SERVER_PORT", String.valueOf(address.getPort()),
                "BENCHMARK_APPLICATION",
                        "http://" + backend.address().getHostString() + ":"
                                + backend.address().getPort(),
                "BENCHMARK_JWT_SECRET", backend.secret());
        List<String> command = List.of(Tools.newestJava().toString(), "-jar", jar().toString());
        return ChildProcess.start(name, home, environment, ChildProcess.pinned(cpu, command));
    }
}
