package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Spring Cloud Gateway from the project beside this one, which nothing else builds. */
final class SpringGateway {

    private static final Path PROJECT = Path.of("benchmarks", "spring-cloud-gateway");
    private static final Path JAR = Path.of("target", "spring-cloud-gateway.jar");

    private SpringGateway() {}

    static ChildProcess start(String name, Path home, int cpu, InetSocketAddress address, Backend backend)
            throws IOException {
        Path jar = GatewayProcess.thisCheckout().resolve(PROJECT).resolve(JAR);
        if (!Files.exists(jar)) {
            throw new IOException("Spring Cloud Gateway is not built");
        }
        return ChildProcess.startOn(cpu, name, home, List.of("java", "-jar", jar.toString()));
    }
}
