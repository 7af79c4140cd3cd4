package io.sessiongate.session.policy;

import static io.sessiongate.session.policy.CheckPolicy.Decision.CHECK_FIRST;
import static io.sessiongate.session.policy.CheckPolicy.Decision.REFUSE;
import static io.sessiongate.session.policy.CheckPolicy.Decision.SERVE;
import static io.sessiongate.session.policy.CheckPolicy.Decision.SERVE_AND_REFRESH;
import static io.sessiongate.session.policy.CheckPolicy.FOREVER_NANOS;
import static io.sessiongate.session.policy.CheckPolicy.Fallback.SERVE_STALE;
import static io.sessiongate.session.policy.CheckPolicy.Fallback.UNAVAILABLE;
import static io.sessiongate.session.policy.CheckPolicy.Standing.ENDED;
import static io.sessiongate.session.policy.CheckPolicy.Standing.LIVE;
import static io.sessiongate.session.policy.CheckPolicy.Standing.NEVER_CHECKED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Fallback;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import java.time.Duration;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every boundary of the table, seen from both sides, on clocks that begin near every place where a sum could overflow. */
class CheckPolicyTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long NOW_MILLIS = 1_767_225_600_000L;
    private static final long DAY_MILLIS = 86_400_000L;
    private static final int MOST_JITTER = CheckPolicy.JITTER_STEPS - 1;

    private static final CheckPolicy DEFAULTS = policy(60, 300, 10, 10, 300);

    private static CheckPolicy policy(long after, long within, long expiringAfter, long ahead, long stale) {
        return new CheckPolicy(
                Duration.ofSeconds(after),
                Duration.ZERO,
                Duration.ofSeconds(within),
                Duration.ofSeconds(expiringAfter),
                Duration.ofSeconds(ahead),
                Duration.ofSeconds(stale));
    }

    /** A live session checked so long ago, whose row and token last for days. */
    private static Decision atAge(CheckPolicy policy, long now, long ageNanos, int jitter) {
        return policy.decide(
                LIVE,
                now - ageNanos,
                now + 1000 * SECOND,
                jitter,
                false,
                now,
                NOW_MILLIS - DAY_MILLIS,
                NOW_MILLIS + DAY_MILLIS,
                NOW_MILLIS);
    }

    /** The same with a token of that lifetime and so long to go. */
    private static Decision withToken(CheckPolicy policy, long ageNanos, long lifetimeMillis, long leftMillis) {
        long expires = NOW_MILLIS + leftMillis;
        return policy.decide(
                LIVE, -ageNanos, 1000 * SECOND, 0, false, 0, expires - lifetimeMillis, expires, NOW_MILLIS);
    }

    @Test
    void checksASessionItHasNeverSeen() {
        assertThat(DEFAULTS.decide(NEVER_CHECKED, 0, 0, 0, false, 0, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS))
                .isEqualTo(CHECK_FIRST);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 30_000_000_000L})
    void servesUntilRefreshAheadThenInTheBackgroundUntilTheIntervalThenChecks(long now) {
        assertThat(atAge(DEFAULTS, now, 0, 0)).isEqualTo(SERVE);
        assertThat(atAge(DEFAULTS, now, 50 * SECOND - 1, 0)).isEqualTo(SERVE);
        assertThat(atAge(DEFAULTS, now, 50 * SECOND, 0)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(atAge(DEFAULTS, now, 60 * SECOND, 0)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(atAge(DEFAULTS, now, 60 * SECOND + 1, 0)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void servesOnFactsThatAreNewerThanTheReadersClock() {
        assertThat(atAge(DEFAULTS, 0, -1, 0)).isEqualTo(SERVE);
    }

    @Test
    void jitterShortensByATenthAtMost() {
        long limit = 54 * SECOND + 60 * SECOND / 10 / CheckPolicy.JITTER_STEPS;

        assertThat(atAge(DEFAULTS, 0, 54 * SECOND, MOST_JITTER)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(atAge(DEFAULTS, 0, limit + SECOND / 1000, MOST_JITTER)).isEqualTo(CHECK_FIRST);
        assertThat(atAge(DEFAULTS, 0, 44 * SECOND - 1, MOST_JITTER)).isEqualTo(SERVE);
    }

    @Test
    void jitterNeverLengthens() {
        for (int jitter = 0; jitter < CheckPolicy.JITTER_STEPS; jitter++) {
            assertThat(atAge(DEFAULTS, 0, 60 * SECOND + 1, jitter)).isEqualTo(CHECK_FIRST);
        }
    }

    @Test
    void jitterIsTheSameForOneSessionAndCheckAndScattersOtherwise() {
        BitSet seen = new BitSet();
        for (int session = 0; session < 10_000; session++) {
            int jitter = CheckPolicy.jitter(("s" + session).hashCode(), 42);
            assertThat(jitter).isBetween(0, MOST_JITTER).isEqualTo(CheckPolicy.jitter(("s" + session).hashCode(), 42));
            seen.set(jitter >> 8);
        }

        assertThat(seen.cardinality()).as("of 256 parts of the range").isEqualTo(256);
        assertThat(CheckPolicy.jitter(1, 42)).isNotEqualTo(CheckPolicy.jitter(1, 43));
    }

    @Test
    void zeroIntervalChecksEveryRequest() {
        assertThat(atAge(policy(0, 300, 10, 10, 300), 0, 0, 0)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void zeroRefreshAheadNeverRefreshes() {
        assertThat(atAge(policy(60, 300, 10, 0, 300), 0, 60 * SECOND, 0)).isEqualTo(SERVE);
    }

    @Test
    void refreshAheadIsAtMostHalfTheInterval() {
        CheckPolicy policy = policy(4, 0, 0, 10, 0);

        assertThat(atAge(policy, 0, 2 * SECOND - 1, 0)).isEqualTo(SERVE);
        assertThat(atAge(policy, 0, 2 * SECOND, 0)).isEqualTo(SERVE_AND_REFRESH);
    }

    @Test
    void anExpiringTokenIsCheckedAfterItsOwnInterval() {
        long minutes5 = 300_000;

        assertThat(withToken(DEFAULTS, 10 * SECOND + 1, DAY_MILLIS, minutes5 + 10_001))
                .isEqualTo(SERVE);
        assertThat(withToken(DEFAULTS, 10 * SECOND + 1, DAY_MILLIS, minutes5)).isEqualTo(CHECK_FIRST);
        assertThat(withToken(DEFAULTS, 10 * SECOND, DAY_MILLIS, minutes5)).isEqualTo(SERVE_AND_REFRESH);
    }

    @Test
    void checksInTheBackgroundJustBeforeATokenCountsAsExpiring() {
        long minutes5 = 300_000;

        assertThat(withToken(DEFAULTS, 11 * SECOND, DAY_MILLIS, minutes5 + 1)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(withToken(DEFAULTS, 11 * SECOND, DAY_MILLIS, minutes5 + 10_000))
                .isEqualTo(SERVE_AND_REFRESH);
        assertThat(withToken(DEFAULTS, 5 * SECOND, DAY_MILLIS, minutes5 + 1)).isEqualTo(SERVE);
    }

    @Test
    void refreshAheadOfAnExpiringTokenIsInProportion() {
        long ahead = 10 * SECOND / 6;

        assertThat(withToken(DEFAULTS, 10 * SECOND - ahead - 1000, DAY_MILLIS, 1))
                .isEqualTo(SERVE);
        assertThat(withToken(DEFAULTS, 10 * SECOND - ahead + 1000, DAY_MILLIS, 1))
                .isEqualTo(SERVE_AND_REFRESH);
    }

    @Test
    void expiringIsNeverMoreThanTheLastQuarterOfATokensLife() {
        long lifetime = 60_000;

        assertThat(withToken(DEFAULTS, 11 * SECOND, lifetime, 25_001)).isEqualTo(SERVE);
        assertThat(withToken(DEFAULTS, 11 * SECOND, lifetime, 15_000)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void aTokenOfUnknownLifetimeIsExpiringAsConfigured() {
        assertThat(decideWithIssued(-1, 300_001)).isEqualTo(SERVE_AND_REFRESH);
        assertThat(decideWithIssued(-1, 300_000)).isEqualTo(CHECK_FIRST);
    }

    @Test
    void aTokenIssuedAfterItsExpiryCountsAsOfUnknownLifetime() {
        assertThat(decideWithIssued(NOW_MILLIS + DAY_MILLIS, 300_000)).isEqualTo(CHECK_FIRST);
    }

    private static Decision decideWithIssued(long issuedMillis, long leftMillis) {
        return DEFAULTS.decide(
                LIVE, -11 * SECOND, 1000 * SECOND, 0, false, 0, issuedMillis, NOW_MILLIS + leftMillis, NOW_MILLIS);
    }

    @Test
    void aTokenPastItsExpiryIsExpiring() {
        assertThat(withToken(DEFAULTS, 11 * SECOND, DAY_MILLIS, -3_000)).isEqualTo(CHECK_FIRST);
        assertThat(withToken(DEFAULTS, 5 * SECOND, DAY_MILLIS, -3_000)).isEqualTo(SERVE);
    }

    @Test
    void zeroForExpiringTokensChecksEveryRequest() {
        assertThat(withToken(policy(60, 300, 0, 10, 300), 0, DAY_MILLIS, 300_000))
                .isEqualTo(CHECK_FIRST);
        assertThat(withToken(policy(60, 300, 0, 10, 300), 0, DAY_MILLIS, 300_001))
                .isEqualTo(SERVE);
    }

    @Test
    void zeroExpiringWithinTurnsTheRuleOff() {
        assertThat(withToken(policy(60, 0, 0, 10, 300), 5 * SECOND, DAY_MILLIS, 0))
                .isEqualTo(SERVE);
    }

    @Test
    void anExpiringTokenNeverLengthensTheInterval() {
        assertThat(withToken(policy(60, 300, 600, 10, 300), 60 * SECOND + 1, DAY_MILLIS, 1))
                .isEqualTo(CHECK_FIRST);
    }

    @Test
    void noJumpOfTheWallClockLengthensTheInterval() {
        for (long jump : new long[] {Long.MIN_VALUE / 4, -DAY_MILLIS, 0, DAY_MILLIS, Long.MAX_VALUE / 4}) {
            assertThat(DEFAULTS.decide(
                            LIVE,
                            -60 * SECOND - 1,
                            1000 * SECOND,
                            0,
                            false,
                            0,
                            NOW_MILLIS,
                            NOW_MILLIS + DAY_MILLIS,
                            NOW_MILLIS + jump))
                    .isEqualTo(CHECK_FIRST);
        }
    }

    @Test
    void asksOnceMoreWhenTheRowsExpiryAsLastSeenHasPassed() {
        assertThat(withRow(1)).isEqualTo(SERVE);
        assertThat(withRow(0)).isEqualTo(CHECK_FIRST);
        assertThat(withRow(-1)).isEqualTo(CHECK_FIRST);
    }

    private static Decision withRow(long leftNanos) {
        long now = Long.MAX_VALUE;
        return DEFAULTS.decide(
                LIVE, now, now + leftNanos, 0, false, now, NOW_MILLIS, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS);
    }

    @Test
    void refusesAnEndedSessionAsLongAsThatIsRemembered() {
        assertThat(ended(1)).isEqualTo(REFUSE);
        assertThat(ended(FOREVER_NANOS)).isEqualTo(REFUSE);
        assertThat(ended(0)).isEqualTo(CHECK_FIRST);
    }

    private static Decision ended(long leftNanos) {
        long now = Long.MAX_VALUE;
        return DEFAULTS.decide(ENDED, 0, now + leftNanos, 0, false, now, NOW_MILLIS, NOW_MILLIS, NOW_MILLIS);
    }

    @Test
    void servesStaleUpToTheLimitWhenTheCheckCannotBeMade() {
        assertThat(fallback(DEFAULTS, LIVE, 300 * SECOND, FOREVER_NANOS)).isEqualTo(SERVE_STALE);
        assertThat(fallback(DEFAULTS, LIVE, 300 * SECOND + 1, FOREVER_NANOS)).isEqualTo(UNAVAILABLE);
    }

    @Test
    void aRouteNarrowsTheStaleLimitAndNeverWidensIt() {
        assertThat(fallback(DEFAULTS, LIVE, 30 * SECOND, 30 * SECOND)).isEqualTo(SERVE_STALE);
        assertThat(fallback(DEFAULTS, LIVE, 30 * SECOND + 1, 30 * SECOND)).isEqualTo(UNAVAILABLE);
        assertThat(fallback(DEFAULTS, LIVE, 300 * SECOND + 1, 900 * SECOND)).isEqualTo(UNAVAILABLE);
    }

    @Test
    void neverIsNever() {
        assertThat(fallback(DEFAULTS, LIVE, 0, 0)).isEqualTo(UNAVAILABLE);
        assertThat(fallback(policy(60, 300, 10, 10, 0), LIVE, 0, FOREVER_NANOS)).isEqualTo(UNAVAILABLE);
    }

    @Test
    void nothingStandsInForASessionNeverCheckedOrEnded() {
        assertThat(fallback(DEFAULTS, NEVER_CHECKED, 0, FOREVER_NANOS)).isEqualTo(UNAVAILABLE);
        assertThat(fallback(DEFAULTS, ENDED, 0, FOREVER_NANOS)).isEqualTo(UNAVAILABLE);
    }

    @Test
    void staleNeverOutlivesTheRow() {
        assertThat(DEFAULTS.fallback(LIVE, -SECOND, 1, 0, FOREVER_NANOS)).isEqualTo(SERVE_STALE);
        assertThat(DEFAULTS.fallback(LIVE, -SECOND, 0, 0, FOREVER_NANOS)).isEqualTo(UNAVAILABLE);
    }

    private static Fallback fallback(CheckPolicy policy, Standing standing, long ageNanos, long staleLimitNanos) {
        long now = Long.MIN_VALUE + 5;
        return policy.fallback(standing, now - ageNanos, now + SECOND, now, staleLimitNanos);
    }

    @Test
    void lingersForAQuarterOfWhatIsLeft() {
        long left = DEFAULTS.lingerNanos(-50 * SECOND, 0, false, 0, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS);
        long none = DEFAULTS.lingerNanos(-61 * SECOND, 0, false, 0, -1, NOW_MILLIS + DAY_MILLIS, NOW_MILLIS);

        assertThat(left).isEqualTo(2_500_000_000L);
        assertThat(none).isZero();
    }

    @Test
    void durationsBeyondTheClockAreForever() {
        assertThat(CheckPolicy.nanos(Duration.ofDays(1_000_000))).isEqualTo(FOREVER_NANOS);
        assertThat(CheckPolicy.nanos(Duration.ofSeconds(-1))).isZero();
    }

    /** The table written a second time, in another way, against many settings and states. */
    @Test
    void agreesWithThePlainReadingOfTheTable() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 200_000; i++) {
            long after = random.nextLong(0, 100);
            long within = random.nextLong(0, 400);
            long expiringAfter = random.nextLong(0, after + 1);
            long ahead = random.nextLong(0, 20);
            CheckPolicy policy = policy(after, within, expiringAfter, ahead, 300);
            long now = random.nextLong();
            long age = random.nextLong(0, 120 * SECOND);
            long lifetime = random.nextLong(1, 3_000_000);
            long left = random.nextLong(-5_000, lifetime);

            Decision decision = policy.decide(
                    LIVE,
                    now - age,
                    now + SECOND,
                    random.nextInt(CheckPolicy.JITTER_STEPS),
                    false,
                    now,
                    NOW_MILLIS + left - lifetime,
                    NOW_MILLIS + left,
                    NOW_MILLIS);

            long toExpiring = left - Math.min(within * 1000, lifetime / 4);
            boolean expiring = within > 0 && toExpiring <= 0;
            boolean soon = within > 0 && toExpiring <= ahead * 1000;
            long interval = (expiring ? expiringAfter : after) * SECOND;
            if (age > interval || interval == 0) {
                assertThat(decision).isEqualTo(CHECK_FIRST);
            } else if (soon && !expiring) {
                assertThat(decision).isNotEqualTo(REFUSE);
            } else if (age <= interval - interval / 10 - Math.min(ahead * SECOND, interval / 2)) {
                assertThat(decision).isEqualTo(SERVE);
            } else if (age <= interval - interval / 10) {
                assertThat(decision).isIn(SERVE, SERVE_AND_REFRESH);
            }
        }
    }
}
