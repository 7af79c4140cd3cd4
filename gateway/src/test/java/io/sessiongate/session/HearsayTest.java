package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.Hearsay.Word;
import io.sessiongate.token.Fingerprint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of what was said, on clocks that begin near every place where a sum could overflow. */
class HearsayTest {

    private static final Fingerprint ONE = Fingerprint.of("one");
    private static final Fingerprint OTHER = Fingerprint.of("other");

    private final Hearsay hearsay = new Hearsay(3);

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void aWordCountsForWhatWasFoundBeforeIt(long now) {
        hearsay.changed(ONE, now);

        assertThat(hearsay.since(ONE, now - 1)).isEqualTo(Word.CHANGED);
        assertThat(hearsay.since(ONE, now)).isEqualTo(Word.NOTHING);
        assertThat(hearsay.since(OTHER, now - 1)).isEqualTo(Word.NOTHING);
        assertThat(hearsay.notBefore(ONE)).isEqualTo(now);
        assertThat(hearsay.notBefore(OTHER)).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE})
    void anEndOutlivesAnEarlierChangeAndALaterOneDoesNotUndoIt(long now) {
        hearsay.changed(ONE, now - 10);
        hearsay.ended(ONE, now);
        hearsay.changed(ONE, now + 10);

        assertThat(hearsay.since(ONE, now - 11)).isEqualTo(Word.ENDED);
        assertThat(hearsay.since(ONE, now - 1)).isEqualTo(Word.ENDED);
        assertThat(hearsay.since(ONE, now)).isEqualTo(Word.CHANGED);
        assertThat(hearsay.since(ONE, now + 10)).isEqualTo(Word.NOTHING);
        assertThat(hearsay.notBefore(ONE)).isEqualTo(now + 10);
    }

    @Test
    void wordsThatArriveOutOfOrderCountAsTheLatest() {
        hearsay.ended(ONE, 20);
        hearsay.ended(ONE, 10);
        hearsay.changed(ONE, 5);

        assertThat(hearsay.since(ONE, 19)).isEqualTo(Word.ENDED);
        assertThat(hearsay.since(ONE, 20)).isEqualTo(Word.NOTHING);
    }

    @Test
    void forgettingKeepsWhatWasSaidLater() {
        hearsay.changed(ONE, 10);
        hearsay.changed(OTHER, 11);

        hearsay.forget(10);

        assertThat(hearsay.size()).isEqualTo(1);
        assertThat(hearsay.since(ONE, 9)).isEqualTo(Word.NOTHING);
        assertThat(hearsay.since(OTHER, 10)).isEqualTo(Word.CHANGED);
    }

    @Test
    void forgettingKeepsAnEndAsLongAsTheLaterChangeBesideIt() {
        hearsay.ended(ONE, 10);
        hearsay.changed(ONE, 12);

        hearsay.forget(11);

        assertThat(hearsay.since(ONE, 9)).isEqualTo(Word.ENDED);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 2, Long.MIN_VALUE})
    void whenFullEverythingFoundSoFarIsTakenToHaveChangedAndMemoryStartsAfresh(long now) {
        for (int i = 0; i < 4; i++) {
            hearsay.changed(Fingerprint.of("s" + i), now + i);
        }

        assertThat(hearsay.overflows()).isEqualTo(1);
        assertThat(hearsay.size()).isZero();
        assertThat(hearsay.since(OTHER, now + 2)).isEqualTo(Word.CHANGED);
        assertThat(hearsay.since(OTHER, now + 3)).isEqualTo(Word.NOTHING);
        assertThat(hearsay.notBefore(OTHER)).isEqualTo(now + 3);
    }

    @Test
    void aWordThatWasOvertakenWhenFullDoesNotMakeOldFindingsGoodAgain() {
        for (int i = 0; i < 4; i++) {
            hearsay.changed(Fingerprint.of("s" + i), 100 + i);
        }
        for (int i = 0; i < 4; i++) {
            hearsay.changed(Fingerprint.of("t" + i), 50); // by a thread that looked at the clock long before
        }

        assertThat(hearsay.since(Fingerprint.of("s3"), 102)).isEqualTo(Word.CHANGED);
    }
}
