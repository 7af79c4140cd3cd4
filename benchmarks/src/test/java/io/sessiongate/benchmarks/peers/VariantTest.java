package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.benchmarks.process.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariantTest {

    private static final Path SOCKET = Path.of("/run/a.sock");

    @TempDir
    private Path directory;

    @Test
    void laysAJarOutLikeACheckoutThatABuildCannotPullAway() throws IOException {
        Path libraries = Files.createDirectory(directory.resolve("lib"));
        Path jar = Files.writeString(directory.resolve("other.jar"), "jar");

        Path home = program(Variant.named("other").with("--variant-jar", jar.toString()))
                .home();
        Files.writeString(jar, "built anew");

        assertThat(home.resolve("gateway/target/sessiongate.jar")).hasContent("jar");
        assertThat(home.resolve("gateway/target/lib").toRealPath()).isEqualTo(libraries.toRealPath());
        assertThat(home.resolve("sessiongate")).isSymbolicLink();
    }

    @Test
    void takesAnotherCheckoutAsItIs() throws IOException {
        Variant variant = Variant.named("other").with("--variant-checkout", directory.toString());

        assertThat(program(variant).home()).isEqualTo(directory);
    }

    @Test
    void passesOptionsToTheJvmAndAnotherJdkToTheLauncher() throws IOException {
        Variant variant = Variant.named("zgc").with("--variant", "-XX:+UseZGC").with("--variant-jdk", "/opt/jdk");

        assertThat(program(variant).environment())
                .containsEntry("SESSIONGATE_JAVA_HOME", "/opt/jdk")
                .hasEntrySatisfying("JAVA_OPTS", options -> assertThat(options).endsWith("-XX:+UseZGC"));
    }

    @Test
    void raisesLimitsOnlyWhereTheVariantHasNoneOfItsOwn() throws IOException {
        assertThat(program(Variant.NONE).yaml()).contains("connections: 20000");
        assertThat(program(Variant.named("a").with("--variant-yaml", "limits: { connections: 64 }"))
                        .yaml())
                .isEqualTo("limits: { connections: 64 }");
    }

    @Test
    void namesTheApplicationsSocket() throws IOException {
        Variant variant = Variant.named("a").with("--variant-upstream", "servers: [ \"unix:{socket}\" ]");

        assertThat(program(variant).upstream()).contains("unix:/run/a.sock").contains("max-waiting");
    }

    private GatewayProcess.Program program(Variant variant) throws IOException {
        return variant.program("sessiongate-1", directory, SOCKET, "");
    }
}
