package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bounded check pool: sharing, batching, and every limit, in virtual time. */
class CheckPoolTest {

    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;

    private List<List<SessionVerdict>> askForSessions(int from, int to) {
        List<List<SessionVerdict>> answers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            store.login("s" + i, "ann");
            answers.add(fixture.ask(fixture.token("s" + i, "ann")));
        }
        return answers;
    }

    private static boolean areAllLive(List<List<SessionVerdict>> answers) {
        return answers.stream().allMatch(a -> a.size() == 1 && a.get(0) instanceof Live);
    }

    @Test
    void aThousandRequestsOfOneSessionShareOneCheck() {
        store.login("s", "ann");
        List<List<SessionVerdict>> answers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            answers.add(fixture.ask(fixture.token("s", "ann")));
            loop.advance(Duration.ofNanos(5_000));
        }

        loop.advance(Duration.ofSeconds(1));

        assertThat(store.queries).hasSize(1);
        assertThat(areAllLive(answers)).isTrue();
    }

    @Test
    void requestsThatReachTheLoopAfterTheirCheckCameBackUseItsAnswer() {
        store.login("s", "ann");
        store.connectTime = Duration.ZERO;
        store.queryTime = Duration.ZERO;
        List<List<SessionVerdict>> answers = new ArrayList<>();
        answers.add(fixture.ask(fixture.token("s", "ann")));
        loop.execute(() -> loop.execute(() -> loop.execute(() -> loop.execute(() -> {}))));
        for (int i = 0; i < 1000; i++) {
            answers.add(fixture.ask(fixture.token("s", "ann")));
        }

        loop.run();

        assertThat(store.queries).hasSize(1);
        assertThat(areAllLive(answers)).isTrue();
    }

    @Test
    void aColdStartOfAHundredThousandSessionsIsAFewHundredQueries() {
        List<List<SessionVerdict>> answers = askForSessions(0, 100_000);

        loop.advance(Duration.ofSeconds(2));

        assertThat(areAllLive(answers)).isTrue();
        assertThat(store.queries.size()).isLessThanOrEqualTo(400);
        assertThat(store.mostOpen).isEqualTo(4);
    }

    @Test
    void aFreeConnectionTakesAllThatWaitUpToABatch() {
        store.queryTime = Duration.ofSeconds(1);
        fixture.connectionLimit = 1;
        askForSessions(0, 1);
        loop.advance(Duration.ofMillis(500));
        askForSessions(1, 301);

        loop.advance(Duration.ofSeconds(2));

        assertThat(store.queries).extracting(List::size).containsExactly(1, 256, 44);
    }

    @Test
    void aCheckGoesOutAtOnceWhenAConnectionIsFree() {
        askForSessions(0, 1);
        loop.advance(Duration.ofSeconds(1));

        askForSessions(1, 2);
        loop.run();

        assertThat(store.queries).hasSize(2);
    }

    @Test
    void opensNoMoreConnectionsThanNeeded() {
        for (int i = 0; i < 100; i++) {
            askForSessions(i, i + 1);
            loop.advance(Duration.ofMillis(20));
        }

        assertThat(store.mostOpen).isEqualTo(1);
    }

    @Test
    void waitingRequestsGoBeforeBackgroundChecks() {
        fixture.connectionLimit = 1;
        List<VerifiedToken> tokens = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            store.login("old" + i, "ann");
            tokens.add(fixture.token("old" + i, "ann"));
            fixture.ask(tokens.get(i));
        }
        loop.advance(Duration.ofSeconds(53));
        store.queryTime = Duration.ofSeconds(1);
        askForSessions(0, 1);
        loop.run();
        tokens.forEach(fixture::ask);
        askForSessions(1, 101);
        store.queries.clear();

        loop.advance(Duration.ofMillis(1500));

        assertThat(store.queries.get(0).subList(0, 100)).allMatch(id -> id.startsWith("s"));
        assertThat(store.queries.get(0)).hasSize(256);
    }

    @Test
    void aRequestDoesNotWaitForALingeringBackgroundCheck() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        SessionVerdict verdict = fixture.atOnce(token);
        while (verdict instanceof Live live && live.how() == How.CACHED) {
            loop.advance(Duration.ofMillis(1));
            verdict = fixture.atOnce(token);
        }
        VerifiedToken expiring = fixture.token("s", "ann", Duration.ZERO);

        List<SessionVerdict> answers = fixture.ask(expiring);
        loop.advance(Duration.ofMillis(3));

        assertThat(answers).hasSize(1);
        assertThat(store.queries).hasSize(2);
    }

    @Test
    void theNextSessionBeyondTheLineIsAnsweredAtOnce() {
        fixture.maxWaiting = 10;
        fixture.connectionLimit = 1;
        store.stuck = true;
        askForSessions(0, 1);
        loop.advance(Duration.ofSeconds(1));
        askForSessions(1, 11);

        List<List<SessionVerdict>> beyond = askForSessions(11, 12);
        loop.run();

        assertThat(beyond.get(0)).containsExactly(new Unknown(UnknownReason.WAITING_FULL, 1));
        assertThat(fixture.count("sessiongate.session.waiting.rejected")).isEqualTo(1);
        assertThat(fixture.gauge("sessiongate.session.waiting")).isEqualTo(10);
    }

    @Test
    void aRequestOfASessionInLineJoinsThoughTheLineIsFull() {
        fixture.maxWaiting = 1;
        fixture.connectionLimit = 1;
        store.queryTime = Duration.ofSeconds(1);
        askForSessions(0, 1);
        loop.advance(Duration.ofMillis(500));
        askForSessions(1, 2);

        List<List<SessionVerdict>> joined = askForSessions(1, 2);
        loop.advance(Duration.ofSeconds(3));

        assertThat(areAllLive(joined)).isTrue();
    }

    @Test
    void aRequestTakesTheRoomOfABackgroundCheck() {
        fixture.maxWaiting = 1;
        fixture.connectionLimit = 1;
        askForSessions(0, 1);
        loop.advance(Duration.ofSeconds(55));
        askForSessions(0, 1);
        loop.run();
        assertThat(fixture.gauge("sessiongate.session.waiting")).isEqualTo(1);

        List<List<SessionVerdict>> request = askForSessions(1, 2);
        loop.advance(Duration.ofSeconds(1));

        assertThat(areAllLive(request)).isTrue();
        assertThat(fixture.count("sessiongate.session.refreshes.dropped")).isEqualTo(1);
    }

    @Test
    void noneWaitsLongerThanThePoolTimeout() {
        store.connectTime = Duration.ofMinutes(1);
        List<List<SessionVerdict>> answers = askForSessions(0, 1);

        loop.advance(GateFixture.POOL_TIMEOUT.minusNanos(1));
        assertThat(answers.get(0)).isEmpty();
        loop.advance(Duration.ofNanos(1));

        assertThat(answers.get(0)).containsExactly(new Unknown(UnknownReason.POOL_TIMEOUT, 2));
        assertThat(fixture.count("sessiongate.session.timeouts", "kind", "pool"))
                .isEqualTo(1);
    }

    @Test
    void theServersOwnTimeoutLeavesTheConnectionInUse() {
        store.stuck = true;
        List<List<SessionVerdict>> answers = askForSessions(0, 1);
        loop.advance(Duration.ofMillis(5006));
        store.stuck = false;
        List<List<SessionVerdict>> next = askForSessions(1, 2);
        loop.advance(Duration.ofMillis(10));

        assertThat(answers.get(0)).containsExactly(new Unknown(UnknownReason.QUERY_TIMEOUT, 2));
        assertThat(areAllLive(next)).isTrue();
        assertThat(store.attempts).isEqualTo(1);
        assertThat(store.cancels).isZero();
    }

    @Test
    void theWatchdogAnswersAndCancelsWhenTheServerDoesNot() {
        store.stuck = true;
        store.endsQueriesItself = false;
        List<List<SessionVerdict>> answers = askForSessions(0, 1);
        loop.advance(Duration.ofMillis(5 + 5250).minusNanos(1));
        assertThat(answers.get(0)).isEmpty();

        loop.advance(Duration.ofMillis(1));
        assertThat(answers.get(0)).containsExactly(new Unknown(UnknownReason.QUERY_TIMEOUT, 2));
        assertThat(store.cancels).isEqualTo(1);

        store.stuck = false;
        loop.advance(Duration.ofMillis(5));
        List<List<SessionVerdict>> next = askForSessions(1, 2);
        loop.advance(Duration.ofMillis(5));
        assertThat(areAllLive(next)).isTrue();
        assertThat(store.attempts).as("the connection is used again").isEqualTo(1);
    }

    @Test
    void aQueryThatOutlivesItsCancelCostsTheConnectionAndFreesThePlace() {
        fixture.connectionLimit = 1;
        store.stuck = true;
        store.endsQueriesItself = false;
        store.hearsCancel = false;
        askForSessions(0, 1);
        loop.advance(Duration.ofMillis(5 + 6250));
        store.stuck = false;
        loop.advance(Duration.ofNanos(CheckBreaker.FIRST_PAUSE_NANOS).plusMillis(10));

        List<List<SessionVerdict>> next = askForSessions(1, 2);
        loop.advance(Duration.ofMillis(10));

        assertThat(areAllLive(next)).isTrue();
        assertThat(store.attempts).isEqualTo(2);
        assertThat(store.mostOpen).isEqualTo(1);
    }

    @Test
    void aPlaceIsTakenUntilItsConnectionIsConfirmedClosed() {
        fixture.connectionLimit = 1;
        store.stuck = true;
        store.endsQueriesItself = false;
        store.hearsCancel = false;
        store.closeTime = Duration.ofSeconds(2);
        askForSessions(0, 1);
        loop.advance(Duration.ofMillis(5 + 6250));
        store.stuck = false;

        loop.advance(Duration.ofMillis(1900));
        assertThat(store.attempts).isEqualTo(1);
        loop.advance(Duration.ofMillis(200));

        assertThat(store.attempts).isEqualTo(2);
        assertThat(store.mostOpen).isEqualTo(1);
    }

    @Test
    void whoWaitsBehindAConnectionThatAnswersNothingIsAnsweredWhenItIsGivenUp() {
        fixture.connectionLimit = 1;
        store.stuck = true;
        store.endsQueriesItself = false;
        store.hearsCancel = false;
        askForSessions(0, 1);
        loop.advance(Duration.ofSeconds(1));
        List<List<SessionVerdict>> behind = askForSessions(1, 2);

        loop.advance(Duration.ofMillis(5 + 5250));
        List<List<SessionVerdict>> later = askForSessions(2, 3);
        loop.run();

        assertThat(behind.get(0)).containsExactly(new Unknown(UnknownReason.CIRCUIT_OPEN, 1));
        assertThat(later.get(0)).containsExactly(new Unknown(UnknownReason.CIRCUIT_OPEN, 1));
        assertThat(fixture.gauge("sessiongate.session.circuit.open")).isEqualTo(1);
    }

    @Test
    void anAnswerAfterTheDeadlineIsNotUsed() {
        store.stuck = true;
        store.endsQueriesItself = false;
        store.hearsCancel = false;
        List<List<SessionVerdict>> answers = askForSessions(0, 1);
        loop.advance(Duration.ofMillis(5 + 5300));

        store.connections
                .get(0)
                .finish(new CheckResult.Rows(List.of(new SessionRow("s0", "ann", Long.MAX_VALUE, false))));
        loop.run();

        assertThat(answers.get(0)).hasSize(1);
        assertThat(fixture.ask(fixture.token("s0", "ann")))
                .as("nothing was learned")
                .isEmpty();
    }

    @Test
    void aFailedBatchFailsAllItsSessions() {
        store.error = "out of memory";

        List<List<SessionVerdict>> answers = askForSessions(0, 100);
        loop.advance(Duration.ofSeconds(1));

        assertThat(answers).allMatch(a -> a.equals(List.of(new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2))));
        assertThat(fixture.gate().health().lastFailure()).isEqualTo("out of memory");
    }

    @Test
    void metersShowWhereThePoolStands() {
        store.queryTime = Duration.ofSeconds(1);
        fixture.connectionLimit = 2;
        askForSessions(0, 1);
        loop.advance(Duration.ofMillis(100));
        askForSessions(1, 6);
        loop.advance(Duration.ofMillis(1));

        assertThat(fixture.gauge("sessiongate.session.connections")).isEqualTo(2);
        assertThat(fixture.gauge("sessiongate.session.connections.limit")).isEqualTo(2);
        assertThat(fixture.gauge("sessiongate.session.connections.used")).isEqualTo(1);
        assertThat(fixture.gauge("sessiongate.session.waiting")).isEqualTo(5);
        loop.advance(Duration.ofSeconds(3));
        assertThat(fixture.registry.get("sessiongate.session.batch").summary().max())
                .isEqualTo(5);
        assertThat(fixture.count("sessiongate.session.checks")).isEqualTo(6);
    }
}
