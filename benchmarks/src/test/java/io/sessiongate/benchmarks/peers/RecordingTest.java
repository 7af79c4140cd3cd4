package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecordingTest {

    @Test
    void namesArraysAsPeopleDo() {
        assertThat(Recording.readable("[B")).isEqualTo("byte[]");
        assertThat(Recording.readable("[[Ljava.lang.String;")).isEqualTo("java.lang.String[][]");
        assertThat(Recording.readable("java.lang.String")).isEqualTo("java.lang.String");
    }

    @Test
    void putsTheHeaviestFirst() {
        var tally = new Tally();
        tally.add("a", 1);
        tally.add("b", 5);
        tally.add("a", 2);
        tally.add("c", 1);

        assertThat(tally.top(2)).containsExactly(java.util.Map.entry("b", 5L), java.util.Map.entry("a", 3L));
        assertThat(tally.total()).isEqualTo(9);
    }
}
