package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeersArgumentsTest {

    @Test
    void measuresEveryoneButSpringInAllScenariosByDefault() {
        PeersOptions options = parse();

        assertThat(options.specs()).doesNotContain(PeerSpec.SPRING).hasSize(PeerSpec.ALL.size() - 1);
        assertThat(options.scenarios()).hasSize(12);
        assertThat(options.scenarios().get(1)).isEqualTo(new Scenario(Workload.SMALL, 64, 9600));
    }

    @Test
    void choosesPeersAndWorkloads() {
        PeersOptions options = parse("--only", "nginx,sessiongate", "--workload", "upload", "--mode", "paced");

        assertThat(options.specs()).containsExactly(PeerSpec.NGINX, PeerSpec.SESSIONGATE);
        assertThat(options.scenarios())
                .containsExactly(new Scenario(Workload.UPLOAD, 64, 4800), new Scenario(Workload.UPLOAD, 10_000, 4800));
    }

    @Test
    void takesSpringWhereItIsAskedFor() {
        assertThat(parse("--spring").specs()).contains(PeerSpec.SPRING);
        assertThat(parse("--only", "spring").spring()).isTrue();
    }

    @Test
    void quickIsOneSmallScenarioInBothModes() {
        assertThat(parse("--quick").scenarios())
                .containsExactly(new Scenario(Workload.SMALL, 64, 0), new Scenario(Workload.SMALL, 64, 9600));
        assertThat(parse("--quick").idle()).isZero();
    }

    @Test
    void joinsOptionsOfOneLabelToOneVariant() {
        PeersOptions options = parse(
                "--variant", "new: -XX:+UseZGC -Xmx1g",
                "--variant-jar", "new=/tmp/a=b.jar",
                "--variant-yaml", "uring=transport: io_uring");

        assertThat(options.variants())
                .containsExactly(
                        new Variant("new", "-XX:+UseZGC -Xmx1g", "/tmp/a=b.jar", "", "", "", ""),
                        new Variant("uring", "", "", "", "", "transport: io_uring", ""));
        assertThat(options.specs().get(options.specs().size() - 1).name()).isEqualTo("Sessiongate: uring");
        assertThat(options.specs().get(options.specs().size() - 1).isSessiongate())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "--only, caddy, caddy",
        "--workload, 2k, 2k",
        "--mode, fast, fast",
        "--profile, async, async",
        "--colour, red, unknown option --colour",
        "--variant, -Xmx1g, label",
        "--variant-jar, nginx=/tmp/x.jar, cannot be called nginx",
        "--variant-colour, a=red, --variant-colour"
    })
    void namesTheMistake(String option, String value, String named) {
        assertThatThrownBy(() -> parse(option, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    @Test
    void saysWhichOptionLacksItsValue() {
        assertThatThrownBy(() -> parse("--rounds")).hasMessageContaining("--rounds");
    }

    private static PeersOptions parse(String... arguments) {
        return PeersArguments.parse(List.of(arguments));
    }
}
