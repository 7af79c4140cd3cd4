package io.sessiongate.session.policy;

import static io.sessiongate.session.policy.CheckPolicy.Decision.CHECK_FIRST;
import static io.sessiongate.session.policy.CheckPolicy.Decision.SERVE;
import static io.sessiongate.session.policy.CheckPolicy.Decision.SERVE_AND_REFRESH;
import static io.sessiongate.session.policy.CheckPolicy.Standing.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.policy.CheckPolicy.Decision;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The longer interval while ends are pushed: every boundary from both sides. */
class PushedPolicyTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long NOW_MILLIS = 1_767_225_600_000L;
    private static final long DAY_MILLIS = 86_400_000L;
    private static final int MOST_JITTER = CheckPolicy.JITTER_STEPS - 1;

    private static final CheckPolicy LONGER = policy(60, 600);

    private static CheckPolicy policy(long after, long pushedAfter) {
        return new CheckPolicy(
                Duration.ofSeconds(after),
                Duration.ofSeconds(pushedAfter),
                Duration.ofSeconds(300),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(300));
    }

    private static Decision at(
            CheckPolicy policy, boolean pushed, long now, long ageNanos, int jitter, long leftMillis) {
        return policy.decide(
                LIVE,
                now - ageNanos,
                now + 100_000 * SECOND,
                jitter,
                pushed,
                now,
                NOW_MILLIS + leftMillis - DAY_MILLIS,
                NOW_MILLIS + leftMillis,
                NOW_MILLIS);
    }

    private static Decision pushed(long now, long ageNanos, int jitter) {
        return at(LONGER, true, now, ageNanos, jitter, DAY_MILLIS);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 30 * SECOND})
    void servesUntilRefreshAheadOfTheLongerIntervalThenChecks(long now) {
        assertThat(pushed(now, 60 * SECOND + 1, 0)).isEqualTo(SERVE);
        assertThat(pushed(now, 590 * SECOND - 1, 0)).isEqualTo(SERVE);
        assertThat(pushed(now, 590 * SECOND, 0)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(pushed(now, 600 * SECOND, 0)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(pushed(now, 600 * SECOND + 1, 0)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void thePlainIntervalHoldsWhereTheyAreNot() {
        assertThat(at(LONGER, false, 0, 60 * SECOND, 0, DAY_MILLIS)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(at(LONGER, false, 0, 60 * SECOND + 1, 0, DAY_MILLIS)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void jitterShortensTheLongerIntervalByATenthAtMostAndNeverLengthens() {
        assertThat(pushed(0, 540 * SECOND, MOST_JITTER)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(pushed(0, 541 * SECOND, MOST_JITTER)).isEqualTo(CHECK_FIRST);
        for (int jitter = 0; jitter < CheckPolicy.JITTER_STEPS; jitter += 7) {
            assertThat(pushed(0, 600 * SECOND + 1, jitter)).isEqualTo(CHECK_FIRST);
        }
    }

    @Test
    void aLongerIntervalThatIsShorterOrOffIsThePlainOne() {
        for (CheckPolicy policy : new CheckPolicy[] {policy(60, 0), policy(60, 30), policy(60, 60)}) {
            assertThat(at(policy, true, 0, 60 * SECOND, 0, DAY_MILLIS)).isEqualTo(SERVE_AND_REFRESH);
            assertThat(at(policy, true, 0, 60 * SECOND + 1, 0, DAY_MILLIS)).isEqualTo(CHECK_FIRST);
        }
    }

    @Test
    void anExpiringTokenIsCheckedAfterItsOwnIntervalAllTheSame() {
        assertThat(at(LONGER, true, 0, 10 * SECOND, 0, 300_000)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(at(LONGER, true, 0, 10 * SECOND + 1, 0, 300_000)).isEqualTo(CHECK_FIRST);
        assertThat(at(LONGER, true, 0, 10 * SECOND + 1, 0, 310_001)).isEqualTo(SERVE);
        assertThat(at(LONGER, true, 0, 11 * SECOND, 0, 300_001))
                .as("just before")
                .isEqualTo(SERVE_AND_REFRESH);
    }

    @Test
    void theRowsOwnExpiryCountsAllTheSame() {
        assertThat(LONGER.decide(LIVE, 0, 5, 0, true, 4, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS))
                .isEqualTo(SERVE);
        assertThat(LONGER.decide(LIVE, 0, 5, 0, true, 5, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS))
                .isEqualTo(CHECK_FIRST);
    }

    @Test
    void lingersForAQuarterOfWhatIsLeftOfTheIntervalInForce() {
        assertThat(LONGER.lingerNanos(-590 * SECOND, 0, true, 0, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS))
                .isEqualTo(2_500_000_000L);
        assertThat(LONGER.lingerNanos(-590 * SECOND, 0, false, 0, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS))
                .isZero();
    }

    @Test
    void noStateIsServedLongerForNotBeingPushed() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 100_000; i++) {
            CheckPolicy policy = policy(random.nextLong(0, 100), random.nextLong(0, 1_000));
            long now = random.nextLong();
            long age = random.nextLong(0, 1_100 * SECOND);
            int jitter = random.nextInt(CheckPolicy.JITTER_STEPS);
            long left = random.nextLong(-5_000, 1_000_000);

            if (at(policy, true, now, age, jitter, left) == CHECK_FIRST) {
                assertThat(at(policy, false, now, age, jitter, left)).isEqualTo(CHECK_FIRST);
            }
        }
    }
}
