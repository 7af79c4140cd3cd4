package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a gate knows, and what it is told, when its settings change or another takes its place. In virtual time. */
class HandoverTest {

    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final GateFixture fixture = new GateFixture();
    private final SessionGate former = fixture.gate();
    private final VerifiedToken alice = fixture.token("s1", "alice");

    @Test
    void keepsOutWhoWasRevokedThoughAnotherStoreIsAsked() {
        live();
        former.revokeSession(alice.sessionKey(), RevocationSource.ANNOUNCED);
        next("select 2");
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void keepsOutWhoWasPushedOutThoughAnotherStoreIsAsked() {
        live();
        former.revokeSession(alice.sessionKey(), RevocationSource.PUSHED);
        next("select 2");
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void keepsOutTheSessionsOfASubjectThatWereSeenBefore() {
        live();
        former.revokeSubject(alice.subjectKey(), RevocationSource.ADMIN);
        next("select 2");
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void asksFirstWhereAnotherStoreIsAsked() {
        live();
        next("select 2");
        assertThat(fixture.atOnce(alice)).isNull();
        assertThat(((Live) fixture.answer(alice)).how()).isEqualTo(How.CHECKED);
        fixture.loop.advance(Duration.ofSeconds(1));
        assertThat(((Live) fixture.answer(alice)).how()).isEqualTo(How.CACHED);
    }

    @Test
    void servesNothingStaleOfAnotherStore() {
        live();
        next("select 2");
        fixture.store.away = true;
        assertThat(fixture.answer(alice)).isInstanceOf(Unknown.class);
    }

    @Test
    void letsAgainInWhomOnlyTheFormerQueryFoundOut() {
        assertThat(fixture.answer(alice)).isInstanceOf(Ended.class);
        fixture.store.login("s1", "alice");
        next("select 2");
        assertThat(fixture.answer(alice)).isInstanceOf(Live.class);
    }

    @Test
    void knowsWhatWasFoundWhereOnlyTheBoundsAreOthers() {
        live();
        fixture.maxWaiting = 10;
        SessionGate next = next("select 1");
        assertThat(former.goesOnWith(fixture.config())).isFalse();
        assertThat(next.goesOnWith(fixture.config())).isTrue();
        assertThat(((Live) fixture.answer(alice)).how()).isEqualTo(How.CACHED);
        assertThat(fixture.store.queries).hasSize(1);
    }

    @Test
    void remembersWhatTheFormerGateFindsMeanwhile() {
        live();
        fixture.maxWaiting = 10;
        next("select 1");
        fixture.store.revoke("s1");
        fixture.loop.advance(Duration.ofSeconds(70));
        List<SessionVerdict> late = new ArrayList<>();
        former.decide(alice, null, fixture.loop, late::add);
        fixture.loop.advance(Duration.ofSeconds(1));
        assertThat(late).first().isInstanceOf(Ended.class);
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void hearsWhatIsSaidToTheFormerGate() {
        live();
        fixture.maxWaiting = 10;
        SessionGate next = next("select 1");
        List<Fingerprint> told = new ArrayList<>();
        next.watch(watcher(told));
        former.revokeSession(alice.sessionKey(), RevocationSource.ANNOUNCED);
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
        assertThat(told).containsExactly(alice.sessionKey());
        assertThat(fixture.count("sessiongate.session.revocations", "source", "announced", "kind", "session-ended"))
                .isEqualTo(1);
    }

    @Test
    void hearsOfASubjectFromAGateThatIsClosed() {
        live();
        fixture.maxWaiting = 10;
        next("select 1");
        former.retire(QUIET, DEADLINE);
        fixture.loop.advance(Duration.ofSeconds(2));
        assertThat(former.isClosed()).isTrue();
        former.revokeSubject(alice.subjectKey(), RevocationSource.ADMIN);
        assertThat(fixture.atOnce(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void holdsAnotherPolicyFromTheNextDecisionOn() {
        live();
        fixture.loop.advance(Duration.ofSeconds(30));
        fixture.check = check(Duration.ofSeconds(20), Duration.ofMinutes(5));
        assertThat(former.goesOnWith(fixture.config())).isTrue();
        former.adopt(fixture.config());
        assertThat(fixture.atOnce(alice)).isNull();
        assertThat(((Live) fixture.answer(alice)).how()).isEqualTo(How.CHECKED);
    }

    @Test
    void bringsNobodyBackWhenFindingsMayBeOlder() {
        fixture.check = check(Duration.ofSeconds(60), Duration.ZERO);
        SessionGate gate = fixture.reload(fixture.store.port());
        live();
        gate.revokeSubject(alice.subjectKey(), RevocationSource.ADMIN);
        fixture.loop.advance(Duration.ofSeconds(200)); // the word is forgotten, as no finding from before it is served
        fixture.check = check(Duration.ofMinutes(10), Duration.ofMinutes(10));
        gate.adopt(fixture.config());
        fixture.store.revoke("s1");
        assertThat(fixture.answer(alice)).isInstanceOf(Ended.class);
    }

    /** It listens before it takes over, and what it is told then is of sessions that it does not know yet. */
    @Test
    void doesNotTrustThatItHeardOfEndsBeforeItKnewTheSessions() {
        fixture.check = new CheckConfig(
                Duration.ofSeconds(60),
                Duration.ofHours(1),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO);
        fixture.maxWaiting = 999;
        SessionGate next = fixture.reload(fixture.store.port());
        next.intake().listening(fixture.loop.nanoTime());
        fixture.store.login("s1", "alice");
        List<SessionVerdict> first = new ArrayList<>();
        former.decide(alice, null, fixture.loop, first::add);
        fixture.loop.advance(Duration.ofMillis(100));
        assertThat(first).hasOnlyElementsOfType(Live.class);
        fixture.store.revoke("s1");
        next.intake().sessionEnded(alice.sessionKey()); // the former one is deaf
        fixture.loop.advance(Duration.ofMillis(1));
        next.takeOver(former);
        fixture.loop.advance(Duration.ofMillis(100));
        assertThat(fixture.atOnce(alice)).isInstanceOf(Live.class);
        fixture.loop.advance(Duration.ofSeconds(60));
        assertThat(fixture.answer(alice)).isInstanceOf(Ended.class);
    }

    @Test
    void answersWhoWaitsBeforeItIsClosed() {
        fixture.store.login("s1", "alice");
        fixture.store.queryTime = Duration.ofSeconds(3);
        List<SessionVerdict> waiting = new ArrayList<>();
        former.decide(alice, null, fixture.loop, waiting::add);
        next("select 2");
        former.retire(QUIET, DEADLINE);
        fixture.loop.advance(Duration.ofSeconds(2));
        assertThat(former.isClosed()).isFalse();
        fixture.loop.advance(Duration.ofSeconds(3));
        assertThat(waiting).hasOnlyElementsOfType(Live.class).hasSize(1);
        assertThat(former.isClosed()).isTrue();
        assertThat(fixture.store.open).isZero();
    }

    @Test
    void isClosedAfterTheDeadlineWhoeverWaits() {
        fixture.store.queryTime = Duration.ofSeconds(4);
        next("select 2");
        former.retire(QUIET, Duration.ofSeconds(2));
        former.decide(alice, null, fixture.loop, verdict -> {});
        fixture.loop.advance(Duration.ofSeconds(3));
        assertThat(former.isClosed()).isTrue();
    }

    @Test
    void keepsNoStreamOfARealmThatIsGone() {
        live();
        former.retire(QUIET, DEADLINE);
        List<SessionVerdict> answers = new ArrayList<>();
        former.recheck(alice, null, fixture.loop, answers::add);
        assertThat(answers).hasOnlyElementsOfType(Ended.class).hasSize(1);
    }

    @Test
    void checksStreamsWhereTheirSessionsAreCheckedNow() {
        live();
        next("select 2");
        fixture.store.revoke("s1");
        List<SessionVerdict> answers = new ArrayList<>();
        former.recheck(alice, null, fixture.loop, answers::add);
        fixture.loop.advance(Duration.ofSeconds(1));
        assertThat(answers).hasOnlyElementsOfType(Ended.class).hasSize(1);
    }

    private void live() {
        fixture.store.login("s1", "alice");
        assertThat(fixture.answer(alice)).isInstanceOf(Live.class);
        fixture.loop.advance(Duration.ofMillis(10));
    }

    private SessionGate next(String query) {
        fixture.query = query;
        SessionGate next = fixture.reload(fixture.store.port());
        next.takeOver(former);
        return next;
    }

    private static RevocationWatcher watcher(List<Fingerprint> told) {
        return new RevocationWatcher() {
            @Override
            public void sessionEnded(Fingerprint session) {
                told.add(session);
            }

            @Override
            public void subjectEnded(Fingerprint subject) {}
        };
    }

    private static CheckConfig check(Duration revalidateAfter, Duration serveStaleFor) {
        return new CheckConfig(
                revalidateAfter, Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ZERO, serveStaleFor);
    }
}
