package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleTest {

    @Test
    void takesEachNumbersOwnMedianAndAllErrors() {
        Sample median = Sample.median(List.of(sample(1, 30, 0), sample(2, 10, 4), sample(9, 20, 1)));

        assertThat(median.userMicros()).isEqualTo(2);
        assertThat(median.systemMicros()).isEqualTo(20);
        assertThat(median.errors()).isEqualTo(5);
    }

    @Test
    void liesBetweenTheMiddleTwoOfAnEvenNumber() {
        assertThat(Sample.median(List.of(sample(1, 0, 0), sample(4, 0, 0))).userMicros())
                .isEqualTo(2.5);
    }

    private static Sample sample(double user, double system, long errors) {
        return new Sample(user, system, 0, 0, 0, 0, 0, 0, 0, 0, 0, errors);
    }
}
