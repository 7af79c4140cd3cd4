package io.sessiongate.benchmarks.peers;

import static io.sessiongate.benchmarks.peers.Samples.PACED;
import static io.sessiongate.benchmarks.peers.Samples.SATURATED;
import static io.sessiongate.benchmarks.peers.Samples.costing;
import static io.sessiongate.benchmarks.peers.Samples.who;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedResultsTest {

    @TempDir
    private Path directory;

    @Test
    void readsWhatItWrote() throws IOException {
        var results = new Results();
        results.add(SATURATED, who(PeerSpec.NGINX), costing(4, 12));
        results.add(SATURATED, who(PeerSpec.NGINX), costing(5, 13));
        results.add(PACED, who(PeerSpec.of(Variant.named("zgc"))), costing(1.25, 2.5));
        results.addIdle(who(PeerSpec.SESSIONGATE), 1234.5);
        Path file = directory.resolve("run.tsv");

        SavedResults.write(file, List.of("a machine", "its nginx"), results);
        Results read = SavedResults.read(file);

        assertThat(SavedResults.about(file)).containsExactly("a machine", "its nginx");
        assertThat(read.scenarios()).containsExactly(SATURATED, PACED);
        assertThat(read.of(SATURATED)).isEqualTo(results.of(SATURATED));
        assertThat(read.of(PACED)).isEqualTo(results.of(PACED));
        assertThat(read.idle()).isEqualTo(results.idle());
    }

    @Test
    void refusesAFileOfAnotherKind() throws IOException {
        Path file = Files.writeString(directory.resolve("other.tsv"), "load\t1k\n");

        assertThatThrownBy(() -> SavedResults.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no saved run");
    }
}
