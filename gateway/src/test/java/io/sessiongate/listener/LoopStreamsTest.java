package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.StreamMeters.Cause;
import io.sessiongate.metrics.StreamMeters.Kind;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One loop's streams in virtual time. */
class LoopStreamsTest {

    private static final List<Kind> KINDS = List.of(Kind.values());

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private long nowMillis = 1_000_000;
    private final LoopStreams streams = new LoopStreams(
            channel.eventLoop(),
            Duration.ofSeconds(1).toNanos(),
            true,
            () -> Instant.ofEpochMilli(nowMillis),
            new StreamMeters(registry));

    @AfterEach
    void close() {
        channel.close().awaitUninterruptibly();
    }

    private void pass(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 100) {
            nowMillis += 100;
            channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
    }

    private FakeExchange begun(@Nullable FakeGuard guard) {
        FakeExchange exchange = new FakeExchange(streams, guard);
        streams.begun(exchange);
        return exchange;
    }

    private FakeExchange opened(FakeGuard guard, Kind kind) {
        FakeExchange exchange = begun(guard);
        streams.open(exchange, kind);
        return exchange;
    }

    private static FakeGuard guard(String session, String subject) {
        return new FakeGuard("default", session, subject);
    }

    private static Revocation session(String id) {
        return new Revocation("default", Fingerprint.of(id), false, Cause.REVOKED);
    }

    private static Revocation subject(String id) {
        return new Revocation("default", Fingerprint.of(id), true, Cause.REVOKED);
    }

    private double open(String kind) {
        return registry.get("sessiongate.streams.open")
                .tag("kind", kind)
                .gauge()
                .value();
    }

    private double ended(String cause) {
        return registry.get("sessiongate.streams.ended")
                .tag("cause", cause)
                .counter()
                .count();
    }

    @Test
    void asksNothingAboutARequestThatIsSoonOver() {
        FakeExchange exchange = begun(guard("s", "u"));
        pass(Duration.ofMillis(1_900));
        streams.over(exchange);
        pass(Duration.ofSeconds(10));
        assertThat(exchange.guardsAsked).isZero();
        assertThat(streams.none()).isTrue();
    }

    @Test
    void watchesARequestThatIsNotOverAfterAFewSeconds() {
        FakeExchange exchange = begun(guard("s", "u"));
        pass(Duration.ofSeconds(4));
        assertThat(open("long-running")).isEqualTo(1);
        streams.end(session("s"));
        assertThat(exchange.endedBy).isEqualTo(FaultKind.SESSION_ENDED);
        assertThat(open("long-running")).isZero();
        assertThat(ended("revoked")).isEqualTo(1);
    }

    @Test
    void leavesALongRequestAloneThatHasNoSession() {
        FakeExchange exchange = begun(null);
        pass(Duration.ofSeconds(10));
        assertThat(exchange.guardsAsked).isEqualTo(1);
        assertThat(streams.none()).isTrue();
    }

    @Test
    void endsTheStreamsOfTheRevokedSessionAndNoOthers() {
        FakeExchange one = opened(guard("s1", "u"), Kind.WEBSOCKET);
        FakeExchange two = opened(guard("s1", "u"), Kind.EVENT_STREAM);
        FakeExchange other = opened(guard("s2", "u"), Kind.WEBSOCKET);
        FakeExchange elsewhere = opened(new FakeGuard("partners", "s1", "u"), Kind.WEBSOCKET);
        streams.end(session("s1"));
        assertThat(List.of(one, two)).allMatch(e -> e.endedBy == FaultKind.SESSION_ENDED);
        assertThat(List.of(other, elsewhere)).allMatch(e -> e.endedBy == null);
    }

    @Test
    void endsTheStreamsOfARevokedSubjectAndNoOthers() {
        FakeExchange one = opened(guard("s1", "u"), Kind.WEBSOCKET);
        FakeExchange two = opened(guard("s2", "u"), Kind.EVENT_STREAM);
        // Its session bears the subject's name, which means nothing.
        FakeExchange other = opened(guard("u", "v"), Kind.WEBSOCKET);
        streams.end(subject("u"));
        assertThat(List.of(one, two)).allMatch(e -> e.endedBy == FaultKind.SESSION_ENDED);
        assertThat(other.endedBy).isNull();
    }

    @Test
    void checksAStreamAsItOpensForItsSessionMayHaveEndedSinceItsRequestWasDecided() {
        FakeGuard guard = guard("s", "u");
        guard.fault = FaultKind.SESSION_ENDED;
        FakeExchange exchange = begun(guard);
        assertThat(streams.open(exchange, Kind.WEBSOCKET)).isFalse();
        assertThat(exchange.endedBy).isEqualTo(FaultKind.SESSION_ENDED);
        assertThat(ended("recheck")).isEqualTo(1);
    }

    @Test
    void checksEveryOpenStreamOnceASecond() {
        FakeGuard guard = guard("s", "u");
        opened(guard, Kind.WEBSOCKET);
        pass(Duration.ofSeconds(10));
        assertThat(guard.rechecks.get()).isBetween(10, 11);
    }

    @Test
    void waitsForTheAnswerToACheckBeforeItAsksAgain() {
        FakeGuard guard = guard("s", "u");
        guard.hold = true;
        FakeExchange exchange = opened(guard, Kind.WEBSOCKET);
        pass(Duration.ofSeconds(10));
        assertThat(guard.rechecks).hasValue(1);
        guard.answer(null);
        pass(Duration.ofSeconds(1));
        assertThat(guard.rechecks).hasValue(2);
        guard.answer(FaultKind.SESSION_ENDED);
        assertThat(exchange.endedBy).isEqualTo(FaultKind.SESSION_ENDED);
    }

    @Test
    void ignoresTheAnswerToACheckOfAStreamThatIsOver() {
        FakeGuard guard = guard("s", "u");
        guard.hold = true;
        FakeExchange exchange = opened(guard, Kind.WEBSOCKET);
        streams.over(exchange);
        guard.answer(FaultKind.SESSION_ENDED);
        assertThat(exchange.endedBy).isNull();
        assertThat(ended("recheck")).isZero();
    }

    @Test
    void endsAStreamThatCannotBeCheckedAndTellsWhy() {
        FakeGuard guard = guard("s", "u");
        FakeExchange exchange = opened(guard, Kind.WEBSOCKET);
        guard.fault = FaultKind.SESSION_CHECK_UNAVAILABLE;
        pass(Duration.ofMillis(1_100));
        assertThat(exchange.endedBy).isEqualTo(FaultKind.SESSION_CHECK_UNAVAILABLE);
        assertThat(ended("unavailable")).isEqualTo(1);
    }

    @Test
    void endsAStreamWithinASecondOfItsExpiryAndNotBefore() {
        FakeGuard guard = guard("s", "u");
        guard.closeAt = nowMillis + 5_000;
        FakeExchange exchange = opened(guard, Kind.WEBSOCKET);
        pass(Duration.ofMillis(4_900));
        assertThat(exchange.endedBy).isNull();
        pass(Duration.ofMillis(1_100));
        assertThat(exchange.endedBy).isEqualTo(FaultKind.TOKEN_EXPIRED);
        assertThat(ended("expired")).isEqualTo(1);
    }

    @Test
    void countsNothingAsEndedWhoseLastBytesAreOnTheirWay() {
        FakeExchange exchange = opened(guard("s", "u"), Kind.EVENT_STREAM);
        exchange.finishing = true;
        streams.end(session("s"));
        assertThat(ended("revoked")).isZero();
    }

    @Test
    void countsALongRequestThatTurnsOutToBeAnEventStreamAsThat() {
        FakeExchange exchange = begun(guard("s", "u"));
        pass(Duration.ofSeconds(4));
        streams.open(exchange, Kind.EVENT_STREAM);
        assertThat(open("long-running")).isZero();
        assertThat(open("event-stream")).isEqualTo(1);
        streams.over(exchange);
        assertThat(open("event-stream")).isZero();
    }

    @Test
    void checksTheOthersWhereOneCheckThrows() {
        FakeGuard broken = new FakeGuard("default", "s", "u");
        broken.broken = true;
        opened(broken, Kind.WEBSOCKET);
        FakeGuard next = guard("t", "u");
        opened(next, Kind.WEBSOCKET);
        pass(Duration.ofSeconds(3));
        assertThat(next.rechecks.get()).isGreaterThan(2);
        assertThat(broken.rechecks.get()).isGreaterThan(2);
    }

    @Test
    void sweepsNoMoreWhenNothingIsThereAndAgainWhenSomethingIs() {
        streams.over(begun(guard("s", "u")));
        pass(Duration.ofSeconds(3));
        assertThat(channel.hasPendingTasks()).isFalse();
        begun(guard("s", "u"));
        pass(Duration.ofSeconds(4));
        assertThat(open("long-running")).isEqualTo(1);
    }

    @Test
    void checksManyStreamsInShortTurnsAndMissesNone() {
        List<FakeGuard> guards = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            FakeGuard guard = guard("s" + i, "u");
            guards.add(guard);
            opened(guard, Kind.WEBSOCKET);
            guard.rechecks.set(0);
        }
        // Every third one ends as it is looked at, so that others change their places meanwhile.
        for (int i = 0; i < guards.size(); i += 3) {
            guards.get(i).fault = FaultKind.SESSION_ENDED;
        }
        streams.recheckAll();
        assertThat(guards.stream().filter(g -> g.rechecks.get() > 0).count()).isLessThanOrEqualTo(256);
        channel.runPendingTasks();
        assertThat(guards).allMatch(g -> g.rechecks.get() == 1);
        assertThat(open("websocket")).isEqualTo(1_333);
    }

    /** Thousands of random histories against books kept in the plainest way. */
    @Test
    void keepsItsBooksInRandomHistories() {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            Set<FakeExchange> open = new HashSet<>();
            List<FakeExchange> begun = new ArrayList<>();
            for (int step = 0; step < 40; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1 -> begun.add(begun(guard("s" + random.nextInt(4), "u" + random.nextInt(2))));
                    case 2, 3 -> {
                        if (!begun.isEmpty()) {
                            FakeExchange exchange = begun.get(random.nextInt(begun.size()));
                            streams.open(exchange, KINDS.get(random.nextInt(KINDS.size())));
                            open.add(exchange);
                        }
                    }
                    case 4 -> {
                        if (!begun.isEmpty()) {
                            FakeExchange exchange = begun.remove(random.nextInt(begun.size()));
                            streams.over(exchange);
                            open.remove(exchange);
                        }
                    }
                    case 5, 6 -> {
                        String id = "s" + random.nextInt(4);
                        streams.end(session(id));
                        settle(begun, open, Fingerprint.of(id));
                    }
                    default -> {
                        String id = "u" + random.nextInt(2);
                        streams.end(subject(id));
                        settle(begun, open, Fingerprint.of(id));
                    }
                }
                assertThat(open("websocket") + open("event-stream") + open("long-running"))
                        .as("seed %d", seed)
                        .isEqualTo(open.size());
                assertThat(streams.none()).isEqualTo(open.isEmpty());
            }
            begun.forEach(streams::over);
            assertThat(streams.none()).isTrue();
        }
    }

    private static void settle(List<FakeExchange> begun, Set<FakeExchange> open, Fingerprint key) {
        for (FakeExchange exchange : List.copyOf(open)) {
            assertThat(exchange.endedBy != null).isEqualTo(exchange.isOf(key));
            if (exchange.isOf(key)) {
                open.remove(exchange);
                begun.remove(exchange);
            }
        }
        assertThat(begun).allMatch(e -> e.endedBy == null);
    }
}
