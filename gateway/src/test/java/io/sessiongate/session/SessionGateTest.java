package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a request is told about its session, in virtual time. */
class SessionGateTest {

    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;

    private static @Nullable How how(@Nullable SessionVerdict verdict) {
        return verdict instanceof Live live ? live.how() : null;
    }

    @Test
    void checksAnUnseenSessionBeforeServingIt() {
        store.login("s", "ann");

        List<SessionVerdict> answers = fixture.ask(fixture.token("s", "ann"));

        assertThat(answers).isEmpty();
        loop.advance(Duration.ofMillis(7));
        assertThat(answers).singleElement().extracting(SessionGateTest::how).isEqualTo(How.CHECKED);
    }

    @Test
    void servesACheckedSessionWithoutLeavingTheCallersThread() {
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));

        SessionVerdict verdict = fixture.atOnce(fixture.token("s", "ann"));

        assertThat(verdict).extracting(SessionGateTest::how).isEqualTo(How.CACHED);
        assertThat(store.queries).hasSize(1);
    }

    @Test
    void servesTheSameVerdictObjectFromMemory() {
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));

        assertThat(fixture.atOnce(fixture.token("s", "ann"))).isSameAs(fixture.atOnce(fixture.token("s", "ann")));
    }

    @Test
    void tellsWhenTheCheckBegan() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        long begunMillis = loop.clock().millis() + store.connectTime.toMillis();

        SessionVerdict verdict = fixture.answer(token);

        assertThat(((Live) verdict).checkedAtEpochMillis()).isBetween(begunMillis, begunMillis + 1);
    }

    @Test
    void refusesASessionTheDatabaseDoesNotKnow() {
        assertThat(fixture.answer(fixture.token("s", "ann"))).isEqualTo(new Ended(EndReason.NOT_FOUND));
    }

    @Test
    void refusesARevokedSession() {
        store.login("s", "ann");
        store.revoke("s");

        assertThat(fixture.answer(fixture.token("s", "ann"))).isEqualTo(new Ended(EndReason.REVOKED));
    }

    @Test
    void refusesAnExpiredRow() {
        store.loginFor("s", "ann", Duration.ZERO);

        assertThat(fixture.answer(fixture.token("s", "ann"))).isEqualTo(new Ended(EndReason.EXPIRED));
    }

    @Test
    void refusesAnotherSubjectsSessionAndServesItsOwner() {
        store.login("s", "ann");

        assertThat(fixture.answer(fixture.token("s", "eve"))).isEqualTo(new Ended(EndReason.SUBJECT_MISMATCH));
        assertThat(fixture.atOnce(fixture.token("s", "ann")))
                .extracting(SessionGateTest::how)
                .isEqualTo(How.CACHED);
        assertThat(fixture.atOnce(fixture.token("s", "eve"))).isEqualTo(new Ended(EndReason.SUBJECT_MISMATCH));
    }

    @Test
    void asksAgainForARequestThatCameAfterTheQueryBeganWhereEveryRequestIsToBeChecked() {
        fixture.check = everyRequest();
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));
        List<SessionVerdict> before = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(1));
        store.revoke("s");

        List<SessionVerdict> behind = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(10));

        assertThat(before).singleElement().extracting(SessionGateTest::how).isEqualTo(How.CHECKED);
        assertThat(behind).containsExactly(new Ended(EndReason.REVOKED));
    }

    @Test
    void sharesOneMoreQueryAmongAllThatCameAfterTheFirstBegan() {
        fixture.check = everyRequest();
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));
        fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(1));

        List<List<SessionVerdict>> behind = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            behind.add(fixture.ask(fixture.token("s", "ann")));
        }
        loop.advance(Duration.ofMillis(10));

        assertThat(behind).allSatisfy(answers -> assertThat(answers).hasSize(1));
        assertThat(store.queries).hasSize(3);
    }

    private static CheckConfig everyRequest() {
        return new CheckConfig(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }

    @Test
    void takesAnySubjectWhereNoColumnIsConfigured() {
        store.rows.put("s", new FakeStore.Row(null, Long.MAX_VALUE, false));

        assertThat(fixture.answer(fixture.token("s", "ann")))
                .extracting(SessionGateTest::how)
                .isEqualTo(How.CHECKED);
    }

    @Test
    void remembersAnEndedSessionUntilItsTokenExpires() {
        VerifiedToken token = fixture.token("s", "ann", Duration.ofHours(1));
        fixture.answer(token);
        store.login("s", "ann");

        loop.advance(Duration.ofMinutes(59));
        assertThat(fixture.atOnce(token)).isEqualTo(new Ended(EndReason.NOT_FOUND));
        assertThat(store.queries).hasSize(1);

        loop.advance(Duration.ofMinutes(1));
        assertThat(fixture.answer(token)).extracting(SessionGateTest::how).isEqualTo(How.CHECKED);
    }

    @Test
    void remembersAnEndForTheLongestOfTheTokensThatAskedTogether() {
        fixture.ask(fixture.token("s", "ann", Duration.ofMinutes(10)));
        fixture.ask(fixture.token("s", "ann", Duration.ofHours(2)));
        loop.advance(Duration.ofMinutes(119));

        assertThat(fixture.atOnce(fixture.token("s", "ann"))).isEqualTo(new Ended(EndReason.NOT_FOUND));
    }

    @Test
    void remembersAnEndForAnIntervalThoughTheTokenIsPastItsExpiry() {
        VerifiedToken token = fixture.token("s", "ann", Duration.ofSeconds(-3));
        fixture.answer(token);

        assertThat(fixture.atOnce(token)).isEqualTo(new Ended(EndReason.NOT_FOUND));
    }

    @Test
    void seesARevocationWhenTheIntervalIsOver() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        store.revoke("s");

        loop.advance(Duration.ofSeconds(61));

        assertThat(fixture.answer(token)).isEqualTo(new Ended(EndReason.REVOKED));
    }

    @Test
    void aFactsAgeCountsFromWhenItsQueryBegan() {
        store.queryTime = Duration.ofSeconds(4);
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.ask(token);
        loop.advance(Duration.ofMillis(60_006));

        assertThat(fixture.atOnce(token)).as("56 s after the answer").isNull();
    }

    @Test
    void noJumpOfTheWallClockDelaysACheck() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.jump(Duration.ofDays(-3));

        loop.advance(Duration.ofSeconds(61));

        assertThat(fixture.answer(token)).extracting(SessionGateTest::how).isEqualTo(How.CHECKED);
    }

    @Test
    void anActiveUserNeverWaitsAgain() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann", Duration.ofMinutes(30));
        fixture.answer(token);

        for (int second = 0; second < 1790; second++) {
            loop.advance(Duration.ofSeconds(1));
            assertThat(fixture.atOnce(token)).as("after %s s", second).isInstanceOf(Live.class);
        }
    }

    @Test
    void anActiveUserCostsAboutOneQueryAMinute() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        int requests = 36_000;

        for (int request = 0; request < requests; request++) {
            fixture.ask(token);
            loop.advance(Duration.ofMillis(100));
        }

        assertThat(store.queries.size()).isBetween(60, 80);
        assertThat(fixture.gauge("sessiongate.session.queries.saved")).isEqualTo(requests - store.queries.size());
    }

    @Test
    void oneBackgroundCheckServesAllRequestsThatAskForIt() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(51));

        SessionVerdict first = fixture.atOnce(token);
        SessionVerdict second = fixture.atOnce(token);
        loop.advance(Duration.ofSeconds(5));

        assertThat(how(first)).isEqualTo(How.REFRESHING);
        assertThat(how(second)).isEqualTo(How.CACHED);
        assertThat(store.queries).hasSize(2);
    }

    @Test
    void aFailedBackgroundCheckChangesNothingAndTheNextRequestTriesAgain() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(47));
        store.error = "relation does not exist";
        while (how(fixture.atOnce(token)) != How.REFRESHING) {
            loop.advance(Duration.ofMillis(100));
        }
        loop.advance(Duration.ofMillis(2600));

        SessionVerdict verdict = fixture.atOnce(token);

        assertThat(how(verdict)).isEqualTo(How.REFRESHING);
        assertThat(store.queries).hasSize(2);
    }

    @Test
    void servesStaleWhenTheCheckCannotBeMade() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        Live checked = (Live) fixture.answer(token);
        loop.advance(Duration.ofSeconds(100));
        store.error = "out of memory";

        SessionVerdict verdict = fixture.answer(token);

        assertThat(verdict).isEqualTo(new Live(checked.checkedAtEpochMillis(), How.STALE));
    }

    @Test
    void triesAgainWithTheRequestAfterAStaleOne() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(100));
        store.error = "out of memory";
        fixture.answer(token);
        store.error = null;
        store.revoke("s");

        assertThat(fixture.answer(token)).isEqualTo(new Ended(EndReason.REVOKED));
    }

    @Test
    void doesNotServeStaleBeyondTheLimit() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofMinutes(5));
        store.error = "out of memory";

        assertThat(fixture.answer(token)).isEqualTo(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
    }

    @Test
    void aRouteThatTakesNothingStaleGetsAnHonestAnswerWhileAnotherIsServed() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(100));
        store.error = "out of memory";

        List<SessionVerdict> strict = fixture.ask(token, Duration.ZERO);
        List<SessionVerdict> easy = fixture.ask(token);
        loop.advance(Duration.ofSeconds(1));

        assertThat(strict).containsExactly(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
        assertThat(easy).singleElement().extracting(SessionGateTest::how).isEqualTo(How.STALE);
    }

    @Test
    void neverServesAnUnseenSessionThatCannotBeChecked() {
        store.login("s", "ann");
        store.error = "out of memory";

        assertThat(fixture.answer(fixture.token("s", "ann")))
                .isEqualTo(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
    }

    @Test
    void staleNeverReachesAnotherSubject() {
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));
        loop.advance(Duration.ofSeconds(100));
        store.error = "out of memory";

        assertThat(fixture.answer(fixture.token("s", "eve"))).isEqualTo(new Ended(EndReason.SUBJECT_MISMATCH));
    }

    @Test
    void asksOnceWhenARowsExpiryHasPassedAndThenRefusesFromMemory() {
        store.loginFor("s", "ann", Duration.ofSeconds(30));
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(30));

        assertThat(fixture.answer(token)).isEqualTo(new Ended(EndReason.EXPIRED));
        assertThat(fixture.atOnce(token)).isEqualTo(new Ended(EndReason.EXPIRED));
        assertThat(store.queries).hasSize(2);
    }

    @Test
    void aSessionThatTheApplicationKeepsProlongingIsNotSignedOut() {
        store.loginFor("s", "ann", Duration.ofSeconds(30));
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(20));
        store.loginFor("s", "ann", Duration.ofSeconds(30));
        loop.advance(Duration.ofSeconds(15));

        assertThat(fixture.answer(token)).extracting(SessionGateTest::how).isEqualTo(How.CHECKED);
    }

    @Test
    void anExpiredRowThatCannotBeConfirmedIsNeitherServedNorSignedOut() {
        store.loginFor("s", "ann", Duration.ofSeconds(30));
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(30));
        store.error = "out of memory";

        assertThat(fixture.answer(token)).isEqualTo(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
    }

    @Test
    void aRowThatExpiresWhileItsQueryTravelsIsRefused() {
        store.queryTime = Duration.ofMillis(500);
        store.loginFor("s", "ann", Duration.ofMillis(300));

        assertThat(fixture.answer(fixture.token("s", "ann"))).isEqualTo(new Ended(EndReason.EXPIRED));
    }

    @Test
    void zeroForExpiringTokensAsksEveryTime() {
        fixture.check = new CheckConfig(
                Duration.ofSeconds(60), Duration.ofMinutes(5), Duration.ZERO, Duration.ofSeconds(10), Duration.ZERO);
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann", Duration.ofMinutes(10));
        loop.advance(Duration.ofMinutes(9));

        fixture.answer(token);
        fixture.answer(token);

        assertThat(store.queries).hasSize(2);
    }

    @Test
    void aCheckThatBeganBeforeTheEndDoesNotBringTheSessionBack() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(61));
        store.queryTime = Duration.ofSeconds(1);
        List<SessionVerdict> answers = fixture.ask(token);
        loop.advance(Duration.ofMillis(500));

        fixture.gate().end(token.sessionKey(), EndReason.REVOKED, token.expiresAtEpochMillis());
        loop.advance(Duration.ofSeconds(2));

        assertThat(answers).containsExactly(new Ended(EndReason.REVOKED));
        assertThat(fixture.atOnce(token)).isEqualTo(new Ended(EndReason.REVOKED));
    }

    @Test
    void aCheckThatBeganBeforeTheEndDoesNotBringBackASessionForgottenSince() {
        fixture.cacheSize = 0;
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        store.queryTime = Duration.ofSeconds(1);
        List<SessionVerdict> answers = fixture.ask(token);
        loop.advance(Duration.ofMillis(500));

        fixture.gate().end(token.sessionKey(), EndReason.REVOKED, token.expiresAtEpochMillis());
        loop.advance(Duration.ofSeconds(2));

        assertThat(answers).containsExactly(new Ended(EndReason.REVOKED));
    }

    @Test
    void aForgottenSessionIsCheckedFirst() {
        fixture.cacheSize = 10;
        for (int i = 0; i < 1000; i++) {
            store.login("s" + i, "ann");
            fixture.answer(fixture.token("s" + i, "ann"));
        }
        long served = 0;
        for (int i = 0; i < 1000; i++) {
            served += fixture.atOnce(fixture.token("s" + i, "ann")) == null ? 0 : 1;
        }

        assertThat(served).isLessThanOrEqualTo(10);
        assertThat(fixture.gauge("sessiongate.session.cache.size")).isLessThanOrEqualTo(10);
        assertThat(fixture.count("sessiongate.session.cache.evictions")).isGreaterThanOrEqualTo(990);
    }

    @Test
    void aQueryThatContradictsItselfProvesNothing() {
        store.login("s", "ann");
        store.stuck = true;
        List<SessionVerdict> answers = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(100));

        store.connections
                .get(0)
                .finish(new CheckResult.Rows(List.of(
                        new SessionRow("s", "ann", Long.MAX_VALUE, false),
                        new SessionRow("s", "ann", Long.MAX_VALUE, true))));
        loop.run();

        assertThat(answers).containsExactly(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
        assertThat(fixture.gate().health().lastFailure()).contains("differ");
    }

    @Test
    void closingAnswersWhoeverWaitsAndClosesConnections() {
        store.login("s", "ann");
        store.stuck = true;
        List<SessionVerdict> underWay = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(100));

        fixture.gate().close();
        fixture.gate().close();
        loop.advance(Duration.ofMillis(100));

        assertThat(underWay).containsExactly(new Unknown(UnknownReason.STOPPING, 1));
        assertThat(fixture.answer(fixture.token("t", "ann"))).isEqualTo(new Unknown(UnknownReason.STOPPING, 1));
        assertThat(store.open).isZero();
        assertThat(fixture.gate().health()).isEqualTo(new SessionGate.Health(false, null, 0, 0));
    }

    @Test
    void closingWhileConnectingLeavesNothingOpen() {
        fixture.ask(fixture.token("s", "ann"));
        loop.run();

        fixture.gate().close();
        loop.advance(Duration.ofSeconds(1));

        assertThat(store.open).isZero();
    }

    @Test
    void aClientsLoopThatIsGoneDoesNotKeepOthersFromTheirAnswer() {
        store.login("s", "ann");
        List<SessionVerdict> answers = new ArrayList<>();
        fixture.gate()
                .decide(
                        fixture.token("s", "ann"),
                        null,
                        task -> {
                            throw new RejectedExecutionException();
                        },
                        answers::add);
        List<SessionVerdict> other = fixture.ask(fixture.token("s", "ann"));

        loop.advance(Duration.ofSeconds(1));

        assertThat(answers).isEmpty();
        assertThat(other).hasSize(1);
    }

    @Test
    void countsEveryRequestAndEveryVerdictOnce() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        fixture.answer(token);
        fixture.answer(fixture.token("unknown", "ann"));

        assertThat(fixture.count("sessiongate.session.requests")).isEqualTo(3);
        assertThat(fixture.count("sessiongate.session.queries")).isEqualTo(2);
        assertThat(fixture.gauge("sessiongate.session.queries.saved")).isEqualTo(1);
        assertThat(fixture.count("sessiongate.session.decisions", "outcome", "cached"))
                .isEqualTo(1);
        assertThat(fixture.count("sessiongate.session.decisions", "outcome", "checked"))
                .isEqualTo(1);
        assertThat(fixture.count("sessiongate.session.decisions", "outcome", "ended", "reason", "not-found"))
                .isEqualTo(1);
    }
}
