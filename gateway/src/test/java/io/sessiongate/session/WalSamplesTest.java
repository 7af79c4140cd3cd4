package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is known of a replica's rows by how far it has replayed the log. */
class WalSamplesTest {

    private static final long MAX_LAG = 100;
    private static final long ANY = CheckConnection.ANY_AGE;

    private final WalSamples samples = new WalSamples(MAX_LAG);

    @Test
    void rowsAreAsOldAsTheLatestSampleTheReplicaHasReplayed() {
        samples.add(1000, 10);
        samples.add(2000, 20);
        samples.add(3000, 30);

        assertThat(samples.stalenessNanos(2999, 50)).isEqualTo(30);
        assertThat(samples.stalenessNanos(3000, 50)).isEqualTo(20);
        assertThat(samples.stalenessNanos(9999, 50)).isEqualTo(20);
    }

    @Test
    void aSampleTakenWhileTheCheckWasUnderWayMakesItNotYoungerThanItself() {
        samples.add(1000, 60);

        assertThat(samples.stalenessNanos(1000, 50)).isZero();
    }

    @Test
    void aLogThatStandsStillLeavesReplicasFresh() {
        samples.add(1000, 10);
        samples.add(1000, 200);

        assertThat(samples.stalenessNanos(1000, 210)).isEqualTo(10);
    }

    @Test
    void aReplicaWithoutAnyOfTheSamplesIsUnprovenUntilOneIsOldEnough() {
        assertThat(samples.stalenessNanos(1000, 0)).isEqualTo(WalSamples.UNPROVEN);
        samples.add(1000, 0);
        assertThat(samples.stalenessNanos(999, 90)).isEqualTo(WalSamples.UNPROVEN);

        assertThat(samples.stalenessNanos(999, 101)).isEqualTo(101);
    }

    @Test
    void theOldestSampleKeptIsJustBeyondTheBound() {
        for (int i = 0; i <= 50; i++) {
            samples.add(i, i * 10L);
        }

        assertThat(samples.stalenessNanos(40, 500)).isEqualTo(100);
        assertThat(samples.stalenessNanos(39, 501)).isEqualTo(101);
    }

    @Test
    void neverKeepsMoreThanItsBound() {
        for (int i = 0; i < 3 * WalSamples.MOST; i++) {
            samples.add(i, 0);
        }

        assertThat(samples.stalenessNanos(2 * WalSamples.MOST, 0)).isZero();
        assertThat(samples.stalenessNanos(2 * WalSamples.MOST - 1, 0)).isEqualTo(WalSamples.UNPROVEN);
    }

    @Test
    void aLogThatWentBackIsAnotherServersAndStartsAnew() {
        samples.add(5000, 10);
        samples.add(100, 20);

        assertThat(samples.stalenessNanos(99, 50)).isEqualTo(WalSamples.UNPROVEN);
        assertThat(samples.stalenessNanos(100, 50)).isEqualTo(30);
    }

    @Test
    void nothingCanBeProvenWithoutASampleYoungEnough() {
        assertThat(samples.canProve(0, ANY)).isFalse();
        samples.add(1000, 0);

        assertThat(samples.canProve(100, ANY)).isTrue();
        assertThat(samples.canProve(101, ANY)).isFalse();
        assertThat(samples.canProve(50, 0)).isTrue();
        assertThat(samples.canProve(50, 1)).isFalse();
    }

    @Test
    void theClockMayOverflow() {
        samples.add(1000, Long.MAX_VALUE - 5);

        assertThat(samples.canProve(Long.MIN_VALUE + 5, ANY)).isTrue();
        assertThat(samples.stalenessNanos(1000, Long.MIN_VALUE + 5)).isEqualTo(11);
    }

    @Test
    void theHeadOfAPageIsNoPartOfTheLogThatAReplicaCouldHaveReplayed() {
        long block = 8192;
        long segment = 16 << 20;

        assertThat(PgPrimary.endOfLog(5 * block + 24, block, segment)).isEqualTo(5 * block);
        assertThat(PgPrimary.endOfLog(3 * segment + 40, block, segment)).isEqualTo(3 * segment);
        // The rest of a record of 16 bytes, which a replica has to have replayed.
        assertThat(PgPrimary.endOfLog(5 * block + 40, block, segment)).isEqualTo(5 * block + 40);
        assertThat(PgPrimary.endOfLog(5 * block + 32, block, segment)).isEqualTo(5 * block + 32);
    }
}
