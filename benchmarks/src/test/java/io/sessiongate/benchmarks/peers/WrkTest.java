package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class WrkTest {

    @Test
    void readsTheLineThatItsScriptPrints() throws IOException {
        Wrk.Result result = Wrk.Result.parse("""
                Running 6s test @ http://127.0.0.1:1
                  64 threads
                RESULT 300000 6000100 900 4000 12000 3
                """);

        assertThat(result).isEqualTo(new Wrk.Result(300_000, 6_000_100, 900, 4_000, 12_000, 3));
    }

    @Test
    void showsWhatWasPrintedInstead() {
        assertThatThrownBy(() -> Wrk.Result.parse("unable to connect"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unable to connect");
    }
}
