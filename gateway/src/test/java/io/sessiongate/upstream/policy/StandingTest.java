package io.sessiongate.upstream.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Failures, ejection and return in virtual time; a second is 1 here. */
class StandingTest {

    private static final EjectionRule RULE = new EjectionRule(3, 10, 60, 50);

    private Standing standing = Standing.GOOD;
    private long now = Long.MAX_VALUE - 100; // the clock may overflow

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            standing = standing.failed(RULE, now);
        }
    }

    private void answer() {
        standing = standing.answered(now);
    }

    /** How long it is out from now on. */
    private long outFor() {
        long span = 0;
        while (standing.out(now + span)) {
            span++;
        }
        return span;
    }

    @Test
    void isOutAfterSoManyFailuresInARow() {
        fail(2);
        assertThat(standing.out(now)).isFalse();
        fail(1);
        assertThat(outFor()).isEqualTo(10);
    }

    @Test
    void forgetsFailuresWithAnAnswer() {
        fail(2);
        answer();
        fail(2);
        assertThat(standing.out(now)).isFalse();
    }

    @Test
    void holdsNothingMoreAgainstAServerThatIsOut() {
        fail(3);
        Standing out = standing;
        fail(5);
        answer();
        assertThat(standing).isSameAs(out);
    }

    @Test
    void isOutAgainAfterOneFailureOnTrialAndTwiceAsLongEachTimeUpToTheLongest() {
        fail(3);
        for (long span : new long[] {10, 20, 40, 60, 60}) {
            assertThat(outFor()).isEqualTo(span);
            now += span;
            assertThat(standing.back(now)).isTrue();
            fail(1);
        }
    }

    @Test
    void needsAllFailuresAgainOnceItHasAnswered() {
        fail(3);
        now += 10;
        answer();
        fail(2);
        assertThat(standing.out(now)).isFalse();
        fail(1);
        assertThat(outFor()).isEqualTo(20);
    }

    @Test
    void beginsAnewWhereItWasInForLong() {
        fail(3);
        now += 10 + 61;
        answer();
        fail(3);
        assertThat(outFor()).isEqualTo(10);
    }

    @Test
    void isNeverOutWhereNothingIsHeldAgainstIt() {
        EjectionRule never = new EjectionRule(0, 10, 60, 50);
        for (int i = 0; i < 100; i++) {
            standing = standing.failed(never, now);
        }
        assertThat(standing).isSameAs(Standing.GOOD);
    }

    @Test
    void panicsWhereMoreAreOutThanMayBe() {
        assertThat(RULE.panics(0, 1)).isFalse();
        assertThat(RULE.panics(1, 1)).isTrue();
        assertThat(RULE.panics(1, 2)).isFalse();
        assertThat(RULE.panics(2, 3)).isTrue();
        assertThat(new EjectionRule(3, 10, 60, 100).panics(2, 2)).isFalse();
        assertThat(new EjectionRule(3, 10, 60, 0).panics(1, 200)).isTrue();
    }
}
