package io.sessiongate.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompilerTimeTest {

    @Test
    void countsWhatEachThreadUsedAndAllOfANewOne() {
        var before = new CompilerTime(Map.of(1L, 100L, 2L, 50L));
        var after = new CompilerTime(Map.of(1L, 130L, 3L, 7L));

        assertThat(after.nanosSince(before)).isEqualTo(37);
    }

    @Test
    void findsTheCompilersOfThisVeryJvm() throws IOException {
        CompilerTime now = CompilerTime.of(ProcessHandle.current());

        assertThat(now.nanosByThread()).isNotEmpty();
        assertThat(now.nanosSince(new CompilerTime(Map.of()))).isPositive();
    }
}
