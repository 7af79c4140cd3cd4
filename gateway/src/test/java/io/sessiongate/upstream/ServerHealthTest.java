package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.upstream.policy.EjectionRule;
import org.junit.jupiter.api.Test;

/** How a server stands, in virtual time; nanoseconds are what they are. */
class ServerHealthTest {

    private static final EjectionRule RULE = new EjectionRule(2, 1000, 8000, 50);

    private final ServerHealth health = new ServerHealth(false, 0);

    @Test
    void growsFromAPartOfItsShareAfterItWasOut() {
        health.failed(ServerFailure.BROKE, RULE, 10);
        assertThat(health.failed(ServerFailure.BROKE, RULE, 10)).isTrue();
        assertThat(health.in(1009)).isFalse();
        assertThat(health.ejectedNanos(1009)).isEqualTo(1);
        assertThat(health.in(1010)).isTrue();
        assertThat(health.share(1010, 100)).isEqualTo(0.1);
        assertThat(health.share(1060, 100)).isEqualTo(0.5);
        assertThat(health.share(1110, 100)).isEqualTo(1);
    }

    @Test
    void startsSlowlyWhereItIsNewAmongOthers() {
        assertThat(new ServerHealth(true, 50).share(100, 100)).isEqualTo(0.5);
        assertThat(new ServerHealth(false, 50).share(51, 100)).isEqualTo(1);
    }

    @Test
    void startsSlowlyWhereChecksBroughtItBack() {
        assertThat(health.checked(false, 1, 1, 10)).isTrue();
        assertThat(health.in(11)).isFalse();
        assertThat(health.checked(true, 1, 1, 500)).isTrue();
        assertThat(health.in(501)).isTrue();
        assertThat(health.share(550, 100)).isEqualTo(0.5);
    }

    @Test
    void restsForASecondAfterAFailedConnect() {
        health.failed(ServerFailure.CONNECT, RULE, 0);
        assertThat(health.in(1)).isTrue();
        assertThat(health.rests(999_999_999)).isTrue();
        assertThat(health.rests(1_000_000_000)).isFalse();
        health.failed(ServerFailure.CONNECT, RULE, 2_000_000_000);
        health.reached();
        assertThat(health.rests(2_000_000_001)).isFalse();
    }

    @Test
    void saysSinceWhenItIsAsItIs() {
        assertThat(health.stateNanos(100)).isEqualTo(100);
        health.failed(ServerFailure.BROKE, RULE, 200);
        health.failed(ServerFailure.BROKE, RULE, 200);
        assertThat(health.stateNanos(250)).isEqualTo(50);
        assertThat(health.stateNanos(1300)).isEqualTo(100);
        health.checked(false, 1, 1, 2000);
        assertThat(health.stateNanos(2001)).isEqualTo(1);
    }

    @Test
    void isWellAgainWhereNobodyAsksAnyMore() {
        health.checked(false, 1, 1, 10);
        health.unchecked();
        assertThat(health.in(11)).isTrue();
    }
}
