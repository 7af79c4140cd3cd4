package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of sessions between two checks, and what follows for the next request; in virtual time. */
class GateRevocationsTest {

    private static final Ended REVOKED = new Ended(EndReason.REVOKED);

    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;
    private final VerifiedToken token = fixture.token("s", "ann");

    private static @Nullable How how(@Nullable SessionVerdict verdict) {
        return verdict instanceof Live live ? live.how() : null;
    }

    private void knownGood() {
        store.login("s", "ann");
        assertThat(how(fixture.answer(token))).isEqualTo(How.CHECKED);
    }

    @Test
    void refusesARevokedSessionWithTheNextRequest() {
        for (RevocationSource source : RevocationSource.values()) {
            GateRevocationsTest fresh = new GateRevocationsTest();
            fresh.knownGood();

            fresh.fixture.gate().revokeSession(fresh.token.sessionKey(), source);

            assertThat(fresh.fixture.atOnce(fresh.token)).as("%s", source).isEqualTo(REVOKED);
        }
    }

    @Test
    void forgetsAPushedEndAfterAnIntervalAndFindsItInTheDatabase() {
        knownGood();
        store.revoke("s");
        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.PUSHED);

        loop.advance(Duration.ofSeconds(60));

        assertThat(fixture.atOnce(token)).isNull();
        assertThat(fixture.answer(token)).isEqualTo(REVOKED);
    }

    @Test
    void remembersAnAnnouncedEndThoughTheDatabaseDoesNotKnow() {
        knownGood();
        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.ANNOUNCED);

        loop.advance(Duration.ofHours(20));

        assertThat(fixture.atOnce(token)).isEqualTo(REVOKED);
    }

    @Test
    void anAnnouncedEndOfASessionNeverSeenIsRemembered() {
        store.login("s", "ann");

        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.ADMIN);

        assertThat(fixture.atOnce(token)).isEqualTo(REVOKED);
    }

    @Test
    void aPushedEndOfASessionNeverSeenTakesNoRoom() {
        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.PUSHED);
        loop.run();

        assertThat(fixture.gauge("sessiongate.session.cache.size")).isZero();
        assertThat(fixture.gauge("sessiongate.session.words")).isZero();
    }

    @Test
    void aCheckUnderWayDoesNotBringAPushedEndBack() {
        store.login("s", "ann");
        List<SessionVerdict> answers = fixture.ask(token);
        loop.advance(Duration.ofMillis(6)); // the query has begun, and seen a good row

        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.PUSHED);
        loop.advance(Duration.ofMillis(5));

        assertThat(answers).containsExactly(REVOKED);
        assertThat(fixture.atOnce(token)).isEqualTo(REVOKED);
    }

    @Test
    void aReplicaThatHasNotHeardDoesNotServeASessionWhoseEndWasPushedBeforeItWasSeen() {
        fixture.replicas = 1;
        store.lag = Duration.ofSeconds(3);
        store.login("s", "ann");
        loop.advance(Duration.ofSeconds(10));
        fixture.gate();
        store.revoke("s");
        loop.advance(Duration.ofMillis(2));
        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.PUSHED);
        loop.advance(Duration.ofMillis(2));

        assertThat(fixture.answer(token)).isEqualTo(REVOKED);
        assertThat(store.confirmations).isEqualTo(1);
    }

    @Test
    void aReplicaThatHasNotHeardDoesNotBringBackAnAnnouncedEndThatTheFullCacheForgot() {
        fixture.replicas = 1;
        fixture.cacheSize = 1;
        store.lag = Duration.ofSeconds(3);
        store.login("s", "ann");
        store.login("other", "bob");
        loop.advance(Duration.ofSeconds(10));
        fixture.answer(token);
        store.revoke("s");
        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.ANNOUNCED);
        for (int i = 0; i < 20; i++) {
            fixture.answer(fixture.token("other", "bob"));
        }

        assertThat(fixture.answer(token)).isEqualTo(REVOKED);
    }

    @Test
    void endsAllSessionsOfASubjectThatWereCheckedBefore() {
        knownGood();
        store.login("other", "ann");
        store.login("eve's", "eve");
        VerifiedToken other = fixture.token("other", "ann");
        VerifiedToken eve = fixture.token("eve's", "eve");
        fixture.answer(other);
        fixture.answer(eve);
        loop.advance(Duration.ofMillis(1));

        fixture.gate().revokeSubject(token.subjectKey(), RevocationSource.ADMIN);

        assertThat(fixture.atOnce(token)).isEqualTo(REVOKED);
        assertThat(fixture.atOnce(other)).isEqualTo(REVOKED);
        assertThat(how(fixture.atOnce(eve))).isEqualTo(How.CACHED);
    }

    @Test
    void aLoginAfterTheSubjectsSessionsEndedIsForTheDatabaseToJudge() {
        knownGood();
        fixture.gate().revokeSubject(token.subjectKey(), RevocationSource.ADMIN);
        loop.advance(Duration.ofMillis(1));

        store.login("new", "ann");

        assertThat(how(fixture.answer(fixture.token("new", "ann")))).isEqualTo(How.CHECKED);
    }

    @Test
    void aCheckUnderWayDoesNotBringASubjectsSessionBack() {
        store.login("s", "ann");
        List<SessionVerdict> answers = fixture.ask(token);
        loop.advance(Duration.ofMillis(6));

        fixture.gate().revokeSubject(token.subjectKey(), RevocationSource.ANNOUNCED);
        loop.advance(Duration.ofMillis(5));

        assertThat(answers).containsExactly(REVOKED);
    }

    @Test
    void asksTheDatabaseAboutASubjectsSessionsWhenTheirEndIsPushed() {
        knownGood();
        store.login("new", "ann");
        VerifiedToken ofAMomentAgo = fixture.token("new", "ann");
        fixture.answer(ofAMomentAgo);
        store.revoke("s");
        loop.advance(Duration.ofMillis(1));

        fixture.gate().revokeSubject(token.subjectKey(), RevocationSource.PUSHED);

        assertThat(fixture.atOnce(token)).isNull();
        assertThat(fixture.answer(token)).isEqualTo(REVOKED);
        assertThat(how(fixture.answer(ofAMomentAgo))).isEqualTo(How.CHECKED);
    }

    @Test
    void checksADistrustedSessionFirstAndDoesNotServeItStale() {
        knownGood();
        loop.advance(Duration.ofMillis(1));
        fixture.gate().distrustSession(token.sessionKey(), RevocationSource.PUSHED);
        assertThat(fixture.atOnce(token)).isNull();
        loop.advance(Duration.ofMillis(5));
        assertThat(how(fixture.atOnce(token))).isEqualTo(How.CACHED);

        fixture.gate().distrustSession(token.sessionKey(), RevocationSource.PUSHED);
        store.error = "out of memory";

        assertThat(fixture.answer(token)).isEqualTo(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2));
    }

    @Test
    void servesNoOlderAttributesAfterASubjectIsSaidToHaveChanged() {
        Attributes user = new Attributes(new String[] {"free"}, Set.of("user"));
        Attributes admin = new Attributes(new String[] {"paid"}, Set.of("admin"));
        store.rows.put("s", new FakeStore.Row("ann", Long.MAX_VALUE, false, user));
        fixture.answer(token);
        List<SessionVerdict> early = new ArrayList<>();
        fixture.gate().distrustSession(token.sessionKey(), RevocationSource.PUSHED);
        fixture.gate().decide(token, null, loop, early::add);
        loop.advance(Duration.ofMillis(1)); // its query has begun, and sees the old roles

        store.attribute("s", admin);
        fixture.gate().distrustSubject(token.subjectKey(), RevocationSource.PUSHED);
        loop.advance(Duration.ofMillis(10));

        assertThat(early)
                .singleElement()
                .extracting(verdict -> ((Live) verdict).attributes())
                .isEqualTo(admin);
        assertThat(((Live) fixture.answer(token)).attributes()).isEqualTo(admin);
    }

    @Test
    void aReplicaThatHasNotHeardDoesNotServeOldAttributes() {
        Attributes user = new Attributes(new String[] {"free"}, null);
        Attributes paying = new Attributes(new String[] {"paid"}, null);
        fixture.replicas = 1;
        store.lag = Duration.ofSeconds(2);
        store.rows.put("s", new FakeStore.Row("ann", Long.MAX_VALUE, false, user));
        loop.advance(Duration.ofSeconds(10));
        fixture.answer(token);

        store.attribute("s", paying);
        fixture.gate().distrustSession(token.sessionKey(), RevocationSource.PUSHED);

        assertThat(((Live) fixture.answer(token)).attributes()).isEqualTo(paying);
    }

    @Test
    void trustsACheckLongerWhileEndsArePushedAndNotOneFromBefore() {
        fixture.check = whileListening(Duration.ofMinutes(30));
        knownGood();
        loop.advance(Duration.ofSeconds(1));
        fixture.gate().intake().listening(loop.nanoTime());
        loop.advance(Duration.ofSeconds(60));
        assertThat(fixture.atOnce(token)).as("checked before").isNull();
        loop.advance(Duration.ofSeconds(1));

        loop.advance(Duration.ofMinutes(26));

        assertThat(how(fixture.atOnce(token))).isEqualTo(How.CACHED);
    }

    @Test
    void thePlainIntervalHoldsAtOnceWhenNobodyListensAnyMore() {
        fixture.check = whileListening(Duration.ofMinutes(30));
        fixture.gate().intake().listening(loop.nanoTime());
        knownGood();
        loop.advance(Duration.ofMinutes(2));
        assertThat(how(fixture.atOnce(token))).isEqualTo(How.CACHED);

        fixture.gate().intake().notListening();

        assertThat(fixture.atOnce(token)).isNull();
    }

    @Test
    void listeningChangesNothingWhereTheLongerIntervalIsOff() {
        fixture.gate().intake().listening(loop.nanoTime());
        knownGood();

        loop.advance(Duration.ofSeconds(61));

        assertThat(fixture.atOnce(token)).isNull();
    }

    @Test
    void tellsWatchersOfEveryEndWhereverItWasFound() {
        List<String> told = new ArrayList<>();
        fixture.gate().watch(new RevocationWatcher() {
            @Override
            public void sessionEnded(Fingerprint session) {
                told.add(session.equals(token.sessionKey()) ? "session" : "another");
            }

            @Override
            public void subjectEnded(Fingerprint subject) {
                told.add(subject.equals(token.subjectKey()) ? "subject" : "another");
            }
        });
        knownGood();

        fixture.gate().revokeSession(token.sessionKey(), RevocationSource.PUSHED);
        fixture.gate().revokeSubject(token.subjectKey(), RevocationSource.ANNOUNCED);
        loop.advance(Duration.ofSeconds(61));
        store.revoke("s");
        fixture.answer(token);

        assertThat(told).startsWith("session", "subject").contains("session").hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void aRecheckDecidesLikeARequestAndCountsAsNone() {
        knownGood();
        store.revoke("s");
        List<SessionVerdict> answers = new ArrayList<>();
        loop.advance(Duration.ofSeconds(61));

        fixture.gate().recheck(token, null, loop, answers::add);
        loop.advance(Duration.ofMillis(10));

        assertThat(answers).containsExactly(REVOKED);
        assertThat(fixture.count("sessiongate.session.requests")).isEqualTo(1);
        assertThat(fixture.count("sessiongate.session.decisions", "reason", "revoked"))
                .isZero();
        assertThat(fixture.count("sessiongate.session.stream.rechecks")).isEqualTo(1);
    }

    @Test
    void writesTheUseOfASessionDownAtMostOnceInAWhile() {
        fixture.touchEvery = Duration.ofSeconds(30);
        store.login("s", "ann");
        for (int i = 0; i < 1_000; i++) {
            fixture.ask(token);
            loop.advance(Duration.ofMillis(100));
        }

        assertThat(fixture.touched).hasSize(4).containsOnly("s");
    }

    @Test
    void neitherAnEndedSessionNorAnOpenStreamIsWrittenDownAsUsed() {
        fixture.touchEvery = Duration.ofSeconds(30);
        store.login("s", "ann");
        store.revoke("s");
        fixture.answer(token);
        store.login("stream", "ann");
        fixture.gate().recheck(fixture.token("stream", "ann"), null, loop, verdict -> {});
        loop.advance(Duration.ofSeconds(1));

        assertThat(fixture.touched).isEmpty();
    }

    private static CheckConfig whileListening(Duration interval) {
        return new CheckConfig(
                Duration.ofSeconds(60),
                interval,
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5));
    }
}
