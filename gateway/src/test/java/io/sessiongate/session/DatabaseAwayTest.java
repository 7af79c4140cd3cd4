package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A database that cannot be reached: nobody waits for it, and the gate finds back to it by itself. */
class DatabaseAwayTest {

    private static final Unknown UNAVAILABLE = new Unknown(UnknownReason.DATABASE_UNAVAILABLE, 2);

    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;

    @Test
    void awayAtTheStartAnswersWhoeverWaitsWhenTheAttemptFails() {
        store.away = true;

        List<SessionVerdict> answers = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(5));

        assertThat(answers).containsExactly(UNAVAILABLE);
    }

    @Test
    void whoComesDuringThePauseIsAnsweredAtOnce() {
        store.away = true;
        fixture.answer(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(10));

        List<SessionVerdict> answers = fixture.ask(fixture.token("t", "ann"));
        loop.run();

        assertThat(answers).containsExactly(UNAVAILABLE);
        assertThat(store.attempts).isEqualTo(1);
    }

    @Test
    void whoComesDuringTheNextAttemptIsAnsweredAtOnce() {
        store.away = true;
        fixture.answer(fixture.token("s", "ann"));
        fixture.answer(fixture.token("s", "ann"));
        store.connectTime = Duration.ofSeconds(5);
        loop.advance(Duration.ofMillis(200));
        assertThat(store.attempts).isEqualTo(2);

        List<SessionVerdict> answers = fixture.ask(fixture.token("t", "ann"));
        loop.run();

        assertThat(answers).containsExactly(UNAVAILABLE);
    }

    @Test
    void attemptsComeLessOftenUpToEverySecond() {
        store.away = true;
        for (int i = 0; i < 600; i++) {
            fixture.ask(fixture.token("s", "ann"));
            loop.advance(Duration.ofMillis(100));
        }

        assertThat(store.attempts).isBetween(60, 130);
    }

    @Test
    void nobodyAskingMeansNoAttempts() {
        store.away = true;
        fixture.answer(fixture.token("s", "ann"));

        loop.advance(Duration.ofMinutes(1));

        assertThat(store.attempts).isEqualTo(1);
    }

    @Test
    void readingTheHealthIsAsking() {
        store.away = true;
        fixture.answer(fixture.token("s", "ann"));
        assertThat(fixture.gate().health()).isEqualTo(new SessionGate.Health(false, "connection refused", 0, 0));
        store.away = false;

        loop.advance(Duration.ofSeconds(1));

        assertThat(fixture.gate().health()).isEqualTo(new SessionGate.Health(true, null, 1, 0));
    }

    @Test
    void whoComesDuringTheVeryFirstAttemptWaitsForIt() {
        store.login("s", "ann");
        fixture.gate().health();
        loop.advance(Duration.ofMillis(1));
        assertThat(store.attempts).isEqualTo(1);

        assertThat(fixture.answer(fixture.token("s", "ann"))).isInstanceOf(Live.class);
        assertThat(store.attempts).isEqualTo(1);
    }

    @Test
    void anIdleConnectionThatIsClosedLaterIsNoFailure() {
        fixture.gate().health();
        loop.advance(Duration.ofMinutes(1));
        store.connections.get(0).close();
        loop.run();

        assertThat(fixture.gate().health().lastFailure()).isNull();
    }

    @Test
    void recoversByItselfWithinSeconds() {
        store.away = true;
        store.login("s", "ann");
        for (int i = 0; i < 100; i++) {
            fixture.ask(fixture.token("s", "ann"));
            loop.advance(Duration.ofMillis(100));
        }
        store.away = false;
        fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(2100));

        assertThat(fixture.answer(fixture.token("s", "ann"))).isInstanceOf(Live.class);
    }

    @Test
    void aCrashServesStaleAndFailsTheUnseen() {
        store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        loop.advance(Duration.ofSeconds(70));
        store.crash();

        SessionVerdict known = fixture.answer(token);
        SessionVerdict unseen = fixture.answer(fixture.token("t", "ann"));

        assertThat(((Live) known).how()).isEqualTo(How.STALE);
        assertThat(unseen).isEqualTo(UNAVAILABLE);
    }

    @Test
    void aCrashDuringAQueryAnswersItsBatchAtOnce() {
        store.queryTime = Duration.ofSeconds(1);
        List<SessionVerdict> answers = fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(500));

        store.crash();
        loop.run();

        assertThat(answers).containsExactly(UNAVAILABLE);
    }

    @Test
    void aRestartLosesTheConnectionsAndTheNextRequestOpensAnother() {
        store.login("s", "ann");
        fixture.answer(fixture.token("s", "ann"));
        store.crash();
        store.away = false;
        loop.advance(Duration.ofSeconds(1));
        store.login("t", "ann");

        assertThat(fixture.answer(fixture.token("t", "ann"))).isInstanceOf(Live.class);
        assertThat(store.attempts).isEqualTo(2);
    }

    @Test
    void oneLiveConnectionCarriesOnWhenNoMoreCanBeOpened() {
        store.login("s", "ann");
        store.login("t", "ann");
        store.queryTime = Duration.ofSeconds(1);
        fixture.ask(fixture.token("s", "ann"));
        loop.advance(Duration.ofMillis(100));
        store.away = true;
        List<SessionVerdict> answers = fixture.ask(fixture.token("t", "ann"));

        loop.advance(Duration.ofSeconds(3));

        assertThat(answers).singleElement().isInstanceOf(Live.class);
    }

    @Test
    void aPoolerThatLetsInAndThrowsOutIsLeftAloneAsWell() {
        store.dropsNewConnections = true;
        for (int i = 0; i < 600; i++) {
            fixture.ask(fixture.token("s", "ann"));
            loop.advance(Duration.ofMillis(100));
        }

        assertThat(store.attempts).isLessThan(130);
    }
}
