package io.sessiongate.flow.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.Access;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.metrics.RateMeters;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets in virtual time. */
class RateLimitTest {

    private static final AddressBlock ADA = new AddressBlock(1, true);
    private static final AddressBlock EVE = new AddressBlock(2, true);

    private final MeterRegistry registry = new SimpleMeterRegistry();

    /** Begins where a system's may, and overflows. */
    private long nanos = Long.MAX_VALUE - 10_000_000_000L;

    private static RateLimitConfig config(Count count, int requests, Duration per, int burst) {
        return new RateLimitConfig("api", By.ADDRESS, count, requests, per, burst, true);
    }

    private RateLimit limit(Count count, int requests, Duration per, int burst) {
        return new RateLimit(config(count, requests, per, burst), new RateMeters(registry, "api"), () -> nanos);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static int passing(RateLimit limit, Object key, int tried) {
        int passed = 0;
        for (int i = 0; i < tried; i++) {
            passed += limit.look(key).passes() ? 1 : 0;
        }
        return passed;
    }

    private double count(String name) {
        return registry.get(name).tag("limit", "api").counter().count();
    }

    private double held() {
        return registry.get("sessiongate.rate.held").tag("limit", "api").gauge().value();
    }

    @Test
    void letsTheBurstPassAndThenWhatComesBack() {
        RateLimit limit = limit(Count.REQUESTS, 10, Duration.ofMinutes(1), 20);
        assertThat(passing(limit, ADA, 50)).isEqualTo(20);
        pass(Duration.ofSeconds(30));
        assertThat(passing(limit, ADA, 50)).isEqualTo(5);
        pass(Duration.ofHours(1));
        assertThat(passing(limit, ADA, 50)).isEqualTo(20);
        assertThat(count("sessiongate.rate.passed")).isEqualTo(45);
        assertThat(count("sessiongate.rate.limited")).isEqualTo(105);
    }

    @Test
    void givesEachClientItsOwn() {
        RateLimit limit = limit(Count.REQUESTS, 10, Duration.ofMinutes(1), 2);
        assertThat(passing(limit, ADA, 5)).isEqualTo(2);
        assertThat(passing(limit, EVE, 5)).isEqualTo(2);
    }

    @Test
    void tellsWhenTheNextPassesAndWhenAllIsThere() {
        RateLimit limit = limit(Count.REQUESTS, 10, Duration.ofMinutes(1), 20);
        Look first = limit.look(ADA);
        assertThat(first.left()).isEqualTo(19);
        assertThat(Duration.ofNanos(first.fullNanos())).isEqualTo(Duration.ofSeconds(6));
        passing(limit, ADA, 19);
        pass(Duration.ofSeconds(2));
        Look refused = limit.look(ADA);
        assertThat(refused.passes()).isFalse();
        assertThat(Duration.ofNanos(refused.waitNanos())).isEqualTo(Duration.ofSeconds(4));
        pass(Duration.ofNanos(refused.waitNanos() - 1));
        assertThat(limit.look(ADA).passes()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(limit.look(ADA).passes()).isTrue();
    }

    @Test
    void takesNothingByLookingWhereOnlySomeCount() {
        RateLimit limit = limit(Count.UNAUTHORIZED, 10, Duration.ofMinutes(1), 2);
        assertThat(passing(limit, ADA, 50)).isEqualTo(50);
        Look one = limit.charge(limit.look(ADA));
        assertThat(one.left()).isEqualTo(1);
        limit.charge(limit.look(ADA));
        assertThat(limit.look(ADA).passes()).isFalse();
        assertThat(limit.look(EVE).passes()).isTrue();
        pass(Duration.ofSeconds(6));
        assertThat(limit.look(ADA).passes()).isTrue();
        assertThat(count("sessiongate.rate.unauthorized")).isEqualTo(2);
    }

    /** Else a client that tries a thousand passwords at once, then waits a moment, would have them all for nothing. */
    @Test
    void hasToBePaidForWhatWasLookedAtAllAtOnce() {
        RateLimit limit = limit(Count.UNAUTHORIZED, 10, Duration.ofMinutes(1), 10);
        List<Look> looks =
                IntStream.range(0, 100).mapToObj(i -> limit.look(ADA)).toList();
        looks.forEach(limit::charge);
        pass(Duration.ofMinutes(8)); // quiet for far longer than a bucket takes to fill
        Look refused = limit.look(ADA);
        assertThat(refused.passes()).isFalse();
        assertThat(Duration.ofNanos(refused.waitNanos())).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(72));
        pass(Duration.ofMinutes(2));
        assertThat(limit.look(ADA).passes()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 999_983})
    void neverLetsMoreThanItsRatePassInTheLongRun(int requests) {
        RateLimit limit = limit(Count.REQUESTS, requests, Duration.ofSeconds(7), 3);
        int passed = 0;
        for (int i = 0; i < 10_000; i++) {
            pass(Duration.ofNanos(7_001_003));
            passed += limit.look(ADA).passes() ? 1 : 0;
        }
        long most = 3 + (10_000L * 7_001_003 * requests) / 7_000_000_000L;
        assertThat(passed).isLessThanOrEqualTo((int) Math.min(10_000, most)).isGreaterThan(3);
    }

    @Test
    void forgetsWhoHasAllAgain() {
        RateLimit limit = limit(Count.REQUESTS, 10, Duration.ofMinutes(1), 10);
        limit.watch();
        limit.look(ADA);
        assertThat(held()).isEqualTo(1);
        pass(Duration.ofMinutes(3));
        limit.look(EVE);
        pass(Duration.ofSeconds(1));
        limit.look(EVE);
        assertThat(held()).isEqualTo(1);
    }

    @Test
    void holdsNoMoreBucketsThanItsBoundAndCountsWhoHasToGo() {
        RateLimit limit = limit(Count.REQUESTS, 1, Duration.ofHours(1), 1);
        limit.watch();
        for (int i = 0; i < RateLimit.MOST_BUCKETS + 5_000; i++) {
            assertThat(limit.look(new AddressBlock(i, false)).passes()).isTrue();
        }
        assertThat(held()).isBetween(RateLimit.MOST_BUCKETS - 100.0, RateLimit.MOST_BUCKETS + 100.0);
        assertThat(count("sessiongate.rate.evicted")).isBetween(4_900.0, 5_100.0);
    }

    private RateLimits limits(@Nullable RateLimits former, RateLimitConfig config, RouteConfig route) {
        return RateLimits.of(List.of(config), List.of(route), former, registry, () -> nanos);
    }

    private static RouteConfig route(String path) {
        return new RouteConfig(
                null, path, Set.of(), new Access.Public(), "app", "", null, null, true, false, List.of("api"), "");
    }

    private static boolean passes(RateLimits limits, RouteConfig route) {
        return new Rates(Objects.requireNonNull(limits.of(route)), ADA).passAddress();
    }

    @Test
    void goesOnWithItsBucketsInTheNextConfiguration() {
        RateLimitConfig two = config(Count.REQUESTS, 2, Duration.ofMinutes(1), 2);
        RouteConfig before = route("/a");
        RouteConfig after = route("/b");
        RateLimits first = limits(null, two, before);
        first.watch();
        assertThat(passes(first, before)).isTrue();
        assertThat(passes(first, before)).isTrue();
        RateLimits second = limits(first, two, after);
        second.watch();
        assertThat(second.of(before)).isNull();
        assertThat(passes(second, after)).isFalse();
        assertThat(held()).isEqualTo(1);
        RateLimits third = limits(second, config(Count.REQUESTS, 3, Duration.ofMinutes(1), 3), after);
        third.watch();
        assertThat(held()).isZero();
        assertThat(passes(third, after)).isTrue();
    }

    @Test
    void hasNoLimitForARouteThatNamesNone() {
        RouteConfig open = new RouteConfig(null, "/", Set.of(), new Access.Public(), "app", "", null, null, true, "");
        assertThat(limits(null, config(Count.REQUESTS, 2, Duration.ofMinutes(1), 2), open)
                        .of(open))
                .isNull();
    }
}
