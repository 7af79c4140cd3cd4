package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.RevocationMeters;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Listening, losing what is listened to, and noticing, in virtual time. */
class PgListenerTest {

    private static final String CHANNEL = "revoked";

    private final VirtualLoop loop = new VirtualLoop();
    private final FakeLinks links = new FakeLinks(loop);
    private final RecordingIntake intake = new RecordingIntake();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final PgListener listener = listener(intake, 1);

    private PgListener listener(RevocationIntake to, long seed) {
        return new PgListener(
                "test",
                CHANNEL,
                links,
                loop,
                new SplittableRandom(seed),
                to,
                new RevocationMeters(new SimpleMeterRegistry(), "test"));
    }

    private void open() {
        listener.open();
        loop.advance(Duration.ofMillis(50));
    }

    private long pings() {
        return links.statements.stream()
                .filter(sql -> sql.contains("pg_notify"))
                .count();
    }

    private static String ended(String id) {
        return "s:" + Fingerprint.hexOf(id);
    }

    @Test
    void listensOnTheChannelAsItIsWritten() {
        PgListener odd = new PgListener(
                "test", "a\"B;c", links, loop, new SplittableRandom(1), intake, new RevocationMeters(registry, "test"));

        odd.open();
        loop.advance(Duration.ofSeconds(1));

        assertThat(links.statements).contains("listen \"a\"\"B;c\"");
        assertThat(intake.isListening).isTrue();
    }

    @Test
    void coversChecksThatBeganOnceListenWasConfirmedAndNoneBefore() {
        links.connectTime = Duration.ofMillis(100);
        links.statementTime = Duration.ofMillis(30);
        long begun = loop.nanoTime();

        listener.open();
        loop.advance(Duration.ofSeconds(1));

        assertThat(intake.listening)
                .containsExactly(begun + Duration.ofMillis(160).toNanos());
    }

    @Test
    void isNotTrustedBeforeItsOwnNotificationCameBack() {
        links.statementTime = Duration.ofMillis(30);
        listener.open();

        loop.advance(Duration.ofMillis(5 + 30 + 30 + 29));
        links.notifyAll(CHANNEL, "p:another's");
        assertThat(intake.isListening).isFalse();

        loop.advance(Duration.ofMillis(1));
        assertThat(intake.isListening).isTrue();
    }

    @Test
    void measuresWhatANotificationTakesByItsOwnAndNobodyElses() {
        links.statementTime = Duration.ofMillis(30);
        new PgListener(
                        "test",
                        CHANNEL,
                        links,
                        loop,
                        new SplittableRandom(1),
                        intake,
                        new RevocationMeters(registry, "test"))
                .open();

        loop.advance(Duration.ofMillis(5 + 30 + 30 + 10));
        links.notifyAll(CHANNEL, "p:another's");
        loop.advance(Duration.ofSeconds(1));

        Timer timer = registry.get("sessiongate.revocation.push.time").timer();
        assertThat(timer.count()).isEqualTo(1);
        assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(30);
    }

    @Test
    void isNotTrustedForWhatOthersNotify() {
        links.deaf = true;
        listener.open();
        loop.advance(Duration.ofMillis(100));
        links.deaf = false;

        links.notifyAll(CHANNEL, "p:another's");
        loop.advance(Duration.ofMillis(100));

        assertThat(intake.isListening).isFalse();
    }

    @Test
    void aTriggerThatFailedIsAGapWithoutAnEnd() {
        open();
        loop.advance(Duration.ofSeconds(1));
        long failed = loop.nanoTime();

        links.notifyAll(CHANNEL, "x:");
        loop.advance(Duration.ofSeconds(1));

        assertThat(intake.isListening).isTrue();
        assertThat(intake.gaps).hasValue(1);
        assertThat(intake.listening).hasSize(2).last().isEqualTo(failed);
    }

    @Test
    void aTriggerThatFailedBeforeTheProofIsNotForgotten() {
        links.statementTime = Duration.ofMillis(30);
        listener.open();
        loop.advance(Duration.ofMillis(5 + 30 + 30 + 10)); // LISTEN is confirmed, its own notification not back
        long failed = loop.nanoTime();

        links.notifyAll(CHANNEL, "x:");
        loop.advance(Duration.ofSeconds(1));

        assertThat(intake.listening).containsExactly(failed);
    }

    @Test
    void aConnectionThatLastedIsReplacedWithoutThePauseOfFormerFailures() {
        links.away = true;
        listener.open();
        loop.advance(Duration.ofSeconds(30));
        links.away = false;
        loop.advance(Duration.ofSeconds(30));

        links.last().end();
        loop.advance(Duration.ofMillis(150));

        assertThat(intake.listening).hasSize(2);
    }

    @Test
    void passesOnWhatIsNotifiedEvenBeforeItIsTrusted() {
        links.statementTime = Duration.ofMillis(30);
        listener.open();
        loop.advance(Duration.ofMillis(70));

        links.notifyAll(CHANNEL, ended("early"));
        loop.advance(Duration.ofSeconds(1));
        links.notifyAll(CHANNEL, "u:" + Fingerprint.hexOf("ann"));
        links.notifyAll(CHANNEL, "c:" + Fingerprint.hexOf("changed"));
        links.notifyAll(CHANNEL, "d:" + Fingerprint.hexOf("bob"));
        links.notifyAll("other", ended("elsewhere"));
        links.notifyAll(CHANNEL, "s:nonsense");

        assertThat(intake.endedSessions).containsExactly(Fingerprint.of("early"));
        assertThat(intake.endedSubjects).containsExactly(Fingerprint.of("ann"));
        assertThat(intake.changedSessions).containsExactly(Fingerprint.of("changed"));
        assertThat(intake.changedSubjects).containsExactly(Fingerprint.of("bob"));
    }

    @Test
    void aConnectionThatEndsIsAGapAtOnceAndIsReplaced() {
        open();
        long before = intake.listening.get(0);

        links.last().end();
        loop.run();
        assertThat(intake.isListening).isFalse();
        assertThat(intake.gaps).hasValue(1);

        loop.advance(Duration.ofMillis(200));
        assertThat(intake.isListening).isTrue();
        assertThat(intake.listening.get(1) - before).isPositive();
        assertThat(links.open()).isOne();
    }

    @Test
    void aSilentConnectionIsAGapWithinTenSecondsAndGivenUp() {
        open();
        loop.advance(Duration.ofSeconds(1));
        FakeLinks.Link silent = links.last();
        links.frozen = true;

        loop.advance(Duration.ofSeconds(10));

        assertThat(intake.isListening).isFalse();
        assertThat(silent.abandoned).isTrue();
        links.frozen = false;
        loop.advance(Duration.ofSeconds(10));
        assertThat(intake.isListening).isTrue();
        assertThat(links.open()).isOne();
    }

    @Test
    void aConnectionThatOnlyLosesNotificationsIsAGapAsWell() {
        open();
        links.deaf = true;

        loop.advance(Duration.ofSeconds(11));

        assertThat(intake.isListening).isFalse();
    }

    @Test
    void aServerThatNeverAnswersListenIsGivenUpAndTriedAgain() {
        links.frozen = true;
        listener.open();

        loop.advance(Duration.ofSeconds(60));

        assertThat(links.attempts).isBetween(8, 12);
        assertThat(links.open()).isLessThanOrEqualTo(1);
        assertThat(intake.gaps).as("of trust there never was").hasValue(0);
    }

    @Test
    void aQuietChannelIsPingedEveryFiveSecondsAndTrustedThroughout() {
        open();

        loop.advance(Duration.ofMinutes(10));

        assertThat(pings()).isBetween(120L, 151L);
        assertThat(intake.gaps).hasValue(0);
    }

    @Test
    void ofAFleetMostlyOnePings() {
        List<RecordingIntake> fleet = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            fleet.add(new RecordingIntake());
            listener(fleet.get(i), i).open();
        }
        loop.advance(Duration.ofMinutes(1));
        long before = pings();

        loop.advance(Duration.ofMinutes(10));

        // Each alone would send 120 in ten minutes, and each is received by all; every 30 s each pings nevertheless.
        assertThat(pings() - before).isBetween(100L * 20, 100L * 26);
        assertThat(fleet).allSatisfy(one -> assertThat(one.gaps).hasValue(0));
    }

    @Test
    void aSilentConnectionOfOneAmongManyIsNoticedAsSoon() {
        open();
        RecordingIntake other = new RecordingIntake();
        listener(other, 2).open();
        loop.advance(Duration.ofSeconds(30));

        links.links.get(0).onNotification((channel, payload) -> {});
        loop.advance(Duration.ofSeconds(10));

        assertThat(intake.gaps).hasValue(1);
        assertThat(other.gaps).hasValue(0);
    }

    @Test
    void aPoolerIsNotTrustedThoughAPingMayComeBackByLuck() {
        links.pooled = true;
        open();

        loop.advance(Duration.ofMinutes(5));

        assertThat(intake.listening).isEmpty();
        assertThat(links.attempts).as("it takes its time").isBetween(10, 15);
        assertThat(links.statements).as("nothing is left behind there").noneMatch(sql -> sql.startsWith("listen"));
    }

    @Test
    void aPoolerThatIsNotSeenIsNotTrustedEither() {
        links.deaf = true;
        open();

        loop.advance(Duration.ofMinutes(5));

        assertThat(intake.listening).isEmpty();
        assertThat(links.attempts).as("it takes its time").isBetween(8, 13);
    }

    @Test
    void aStandbyIsListenedToOnceItIsThePrimary() {
        links.answers = sql -> sql.startsWith("listen") ? FakeLinks.failed("25006") : null;
        open();
        loop.advance(Duration.ofSeconds(30));
        assertThat(intake.listening).isEmpty();

        links.answers = sql -> null;
        loop.advance(Duration.ofSeconds(3));

        assertThat(intake.isListening).isTrue();
    }

    @Test
    void aPingThatFailsIsAGap() {
        open();
        links.answers = sql -> sql.contains("pg_notify") ? FakeLinks.failed("53200") : null;

        loop.advance(Duration.ofSeconds(6));

        assertThat(intake.gaps).hasValue(1);
    }

    @Test
    void aDatabaseThatIsAwayIsTriedMoreAndMoreRarely() {
        links.away = true;
        listener.open();

        loop.advance(Duration.ofSeconds(10));
        int first = links.attempts;
        loop.advance(Duration.ofSeconds(60));

        assertThat(first).isBetween(9, 25);
        assertThat(links.attempts - first).isBetween(30, 125);
        links.away = false;
        loop.advance(Duration.ofSeconds(3));
        assertThat(intake.isListening).isTrue();
    }

    @Test
    void connectionsThatDoNotLastAreOpenedMoreAndMoreRarelyAndComplainedOfOnce() {
        Logger logger = (Logger) LoggerFactory.getLogger(PgListener.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        listener.open();
        for (int i = 0; i < 6_000; i++) {
            loop.advance(Duration.ofMillis(10));
            if (intake.isListening) {
                links.last().end();
            }
        }

        logger.detachAppender(log);

        assertThat(links.attempts).isBetween(30, 130);
        assertThat(log.list).hasSize(1);
    }

    @Test
    void closingEndsTheConnectionAndTheTrustOnce() {
        open();

        listener.close();
        listener.close();
        loop.advance(Duration.ofMinutes(1));

        assertThat(intake.gaps).hasValue(1);
        assertThat(links.open()).isZero();
        assertThat(links.attempts).isOne();
    }

    @Test
    void closingWhileItConnectsLeavesNothingBehind() {
        listener.open();
        listener.close();

        loop.advance(Duration.ofMinutes(1));

        assertThat(links.open()).isZero();
        assertThat(links.attempts).isOne();
        assertThat(intake.listening).isEmpty();
    }

    @Test
    void closingDuringAPauseEndsIt() {
        links.away = true;
        listener.open();
        loop.advance(Duration.ofSeconds(5));
        int attempts = links.attempts;

        listener.close();
        loop.advance(Duration.ofMinutes(1));

        assertThat(links.attempts - attempts).isLessThanOrEqualTo(1);
        assertThat(links.open()).isZero();
    }
}
