package io.sessiongate.upstream.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Health checks counted, slow start, the retry budget. */
class SmallPoliciesTest {

    private CheckCount count = CheckCount.UNASKED;

    private boolean wellAfter(boolean... checks) {
        for (boolean good : checks) {
            count = count.after(good, 2, 3);
        }
        return count.well();
    }

    @Test
    void takesAServerOutAfterBadChecksInARow() {
        assertThat(wellAfter(false, false)).isTrue();
        assertThat(wellAfter(true, false, false)).isTrue();
        assertThat(wellAfter(false)).isFalse();
    }

    @Test
    void bringsAServerBackAfterGoodChecksInARow() {
        assertThat(wellAfter(false, false, false)).isFalse();
        assertThat(wellAfter(true, false, true)).isFalse();
        assertThat(wellAfter(true)).isTrue();
    }

    @Test
    void growsEvenlyFromALeastShare() {
        assertThat(SlowStart.share(0, 100)).isEqualTo(0.1);
        assertThat(SlowStart.share(10, 100)).isEqualTo(0.1);
        assertThat(SlowStart.share(50, 100)).isEqualTo(0.5);
        assertThat(SlowStart.share(75, 100)).isEqualTo(0.75);
        assertThat(SlowStart.share(100, 100)).isEqualTo(1);
        assertThat(SlowStart.share(0, 0)).isEqualTo(1);
    }

    @Test
    void allowsAFewRetriesAlwaysAndThenAPartOfWhatIsUnderWay() {
        RetryRule rule = new RetryRule(2, 20);
        assertThat(rule.allows(2, 0)).isTrue();
        assertThat(rule.allows(3, 0)).isFalse();
        assertThat(rule.allows(3, 19)).isFalse();
        assertThat(rule.allows(3, 20)).isTrue();
        assertThat(rule.allows(4, 20)).isFalse();
        assertThat(rule.allows(199_999_999, 1_000_000_000)).isTrue();
    }
}
