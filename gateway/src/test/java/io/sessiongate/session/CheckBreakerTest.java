package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When checks are worth waiting for, on clocks that begin near where a sum could overflow. */
class CheckBreakerTest {

    private static final long LONGEST = CheckBreaker.LONGEST_PAUSE_NANOS;

    private final CheckBreaker breaker = new CheckBreaker(3, new SplittableRandom(1));

    private void open(long now) {
        for (int i = 0; i < 3; i++) {
            breaker.failed(now);
        }
    }

    @Test
    void opensAfterSoManyFailuresInARowAndSaysSoOnce() {
        assertThat(breaker.failed(0)).isFalse();
        assertThat(breaker.failed(0)).isFalse();
        assertThat(breaker.isOpen()).isFalse();
        assertThat(breaker.failed(0)).isTrue();
        assertThat(breaker.isOpen()).isTrue();
        assertThat(breaker.failed(0)).isFalse();
    }

    @Test
    void anAnswerInBetweenBeginsTheCountAfresh() {
        breaker.failed(0);
        breaker.failed(0);
        breaker.answered();
        breaker.failed(0);
        breaker.failed(0);

        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void wantsNoProbeWhileItIsClosed() {
        assertThat(breaker.nanosToProbe(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(breaker.startProbe(0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void probesAfterTheFirstPauseWithOneBatchAtATime(long now) {
        open(now);
        long pause = breaker.nanosToProbe(now);

        assertThat(pause).isBetween(CheckBreaker.FIRST_PAUSE_NANOS / 2, CheckBreaker.FIRST_PAUSE_NANOS);
        assertThat(breaker.startProbe(now + pause - 1)).isFalse();
        assertThat(breaker.startProbe(now + pause)).isTrue();
        assertThat(breaker.startProbe(now + pause)).as("a second one").isFalse();
        assertThat(breaker.nanosToProbe(now + pause)).isEqualTo(Long.MAX_VALUE);
        assertThat(breaker.isOpen()).as("nobody waits for the probe").isTrue();
    }

    @Test
    void closesWithTheFirstAnswer() {
        open(0);
        breaker.startProbe(LONGEST);

        breaker.answered();

        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void pausesLongerWithEachFailedProbeUpToASecondAndBeginsAfreshAfterAnAnswer() {
        long now = 0;
        open(now);
        for (int probe = 0; probe < 100; probe++) {
            long longest = Math.min(LONGEST, CheckBreaker.FIRST_PAUSE_NANOS << Math.min(probe, 10));
            long pause = breaker.nanosToProbe(now);
            assertThat(pause).as("pause %s", probe).isBetween(longest / 2, longest);
            now += pause;
            assertThat(breaker.startProbe(now)).isTrue();
            if (probe % 2 == 0) {
                breaker.failed(now);
            } else {
                breaker.probeFailed(now); // it could not be sent out
            }
        }

        breaker.answered();
        open(now);

        assertThat(breaker.nanosToProbe(now)).isLessThanOrEqualTo(CheckBreaker.FIRST_PAUSE_NANOS);
    }

    @Test
    void aProbeThatFailsWithoutHavingBeenStartedMeansNothing() {
        breaker.probeFailed(0);
        assertThat(breaker.isOpen()).isFalse();

        open(0);
        long pause = breaker.nanosToProbe(0);
        breaker.probeFailed(Duration.ofSeconds(5).toNanos());

        assertThat(breaker.nanosToProbe(0)).isEqualTo(pause);
    }

    @Test
    void aFleetDoesNotProbeAllAtOnce() {
        long one = pauseOf(1);

        assertThat(pauseOf(2)).isNotEqualTo(one);
        assertThat(pauseOf(1)).isEqualTo(one);
    }

    private static long pauseOf(long seed) {
        CheckBreaker breaker = new CheckBreaker(1, new SplittableRandom(seed));
        breaker.failed(0);
        return breaker.nanosToProbe(0);
    }
}
