package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random histories of requests, logins, revocations and every kind of fault, against a plain model of what may be
 * served. A failure names its seed.
 */
class SessionHistoriesTest {

    private static final int SESSIONS = 40;
    private static final int STEPS = 4_000;
    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration STALE = Duration.ofMinutes(5);
    private static final Duration ANSWERED_WITHIN =
            GateFixture.POOL_TIMEOUT.plus(GateFixture.QUERY_TIMEOUT).plusMillis(250);

    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;
    private final Map<String, Long> endedAt = new HashMap<>();
    private final Set<String> seenEnded = new HashSet<>();
    private final List<Asked> pending = new ArrayList<>();
    private int logins;

    /** A request with its answers, of which there must be one. */
    private record Asked(
            String session, long atNanos, boolean neverStale, boolean knownEnded, List<SessionVerdict> answers) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void everyRequestIsAnsweredOnceInTimeAndNoneIsServedAgainstTheModel(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        fixture.connectionLimit = random.nextInt(1, 5);
        fixture.maxWaiting = random.nextBoolean() ? 5 : 1000;
        boolean forgetful = random.nextInt(3) == 0;
        fixture.cacheSize = forgetful ? 10 : 1000;
        List<VerifiedToken> tokens = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            tokens.add(login());
        }

        for (int step = 0; step < STEPS; step++) {
            int which = random.nextInt(SESSIONS);
            String session = tokens.get(which).sessionId();
            switch (random.nextInt(24)) {
                case 0 -> revoke(session, false, tokens.get(which));
                case 1 -> {
                    ask(tokens.get(which), false, forgetful); // so that now and then a check is under way
                    loop.advance(Duration.ofMillis(1));
                    revoke(session, !forgetful, tokens.get(which));
                }
                case 2 -> delete(session);
                case 3 -> tokens.set(which, login());
                case 4 -> breakSomething(random);
                case 5, 6 -> heal();
                case 7 -> loop.jump(Duration.ofSeconds(random.nextLong(-3600, 3600)));
                default -> ask(tokens.get(which), random.nextInt(4) == 0, forgetful);
            }
            loop.advance(Duration.ofMillis(random.nextInt(5) == 0 ? random.nextLong(10_000) : random.nextLong(50)));
            judge();
        }

        heal();
        loop.advance(Duration.ofSeconds(20));
        judge();
        assertThat(pending).isEmpty();
        for (VerifiedToken token : tokens) {
            assertThat(fixture.answer(token)).isNotInstanceOf(SessionVerdict.Unknown.class);
        }
        fixture.gate().close();
        loop.advance(Duration.ofMinutes(1));
        assertThat(store.open).isZero();
    }

    private VerifiedToken login() {
        String session = "session-" + logins++;
        store.login(session, "ann");
        return fixture.token(session, "ann", Duration.ofDays(30));
    }

    private void revoke(String session, boolean pushed, VerifiedToken token) {
        if (store.rows.containsKey(session)) {
            endedAt.putIfAbsent(session, loop.elapsedNanos());
            store.revoke(session);
            if (pushed) {
                fixture.gate().end(token.sessionKey(), EndReason.REVOKED, token.expiresAtEpochMillis());
                seenEnded.add(session);
            }
        }
    }

    private void delete(String session) {
        endedAt.putIfAbsent(session, loop.elapsedNanos());
        store.rows.remove(session);
    }

    private void breakSomething(SplittableRandom random) {
        switch (random.nextInt(7)) {
            case 0 -> store.crash();
            case 1 -> store.away = true;
            case 2 -> store.stuck = true;
            case 3 -> {
                store.stuck = true;
                store.endsQueriesItself = false;
                store.hearsCancel = random.nextBoolean();
                store.closeTime = Duration.ofMillis(random.nextLong(3_000));
            }
            case 4 -> store.error = "out of memory";
            case 5 -> store.queryTime = Duration.ofMillis(random.nextLong(6_000));
            default -> {
                store.connectTime = Duration.ofMillis(random.nextLong(5_000));
                store.dropsNewConnections = random.nextBoolean();
            }
        }
    }

    private void heal() {
        store.away = false;
        store.stuck = false;
        store.endsQueriesItself = true;
        store.hearsCancel = true;
        store.dropsNewConnections = false;
        store.error = null;
        store.queryTime = Duration.ofMillis(2);
        store.connectTime = Duration.ofMillis(5);
        store.closeTime = Duration.ofMillis(1);
    }

    private void ask(VerifiedToken token, boolean neverStale, boolean forgetful) {
        boolean knownEnded = !forgetful && seenEnded.contains(token.sessionId());
        long now = loop.elapsedNanos();
        List<SessionVerdict> answers = new ArrayList<>();
        Asked asked = new Asked(token.sessionId(), now, neverStale, knownEnded, answers);
        pending.add(asked);
        fixture.gate().decide(token, neverStale ? Duration.ZERO : null, loop, verdict -> {
            answers.add(verdict);
            judge(asked, verdict);
        });
    }

    /** At the moment of the answer. */
    private void judge(Asked asked, SessionVerdict verdict) {
        long now = loop.elapsedNanos();
        assertThat(now - asked.atNanos).as("wait").isLessThanOrEqualTo(ANSWERED_WITHIN.toNanos());
        if (verdict instanceof Ended) {
            assertThat(endedAt).as("signed out").containsKey(asked.session);
            seenEnded.add(asked.session);
        } else if (verdict instanceof Live live) {
            assertThat(asked.knownEnded).as("brought back").isFalse();
            long since = now - endedAt.getOrDefault(asked.session, now);
            assertThat(since).as("served after its end, %s", live.how()).isLessThanOrEqualTo(bound(live.how()));
            assertThat(asked.neverStale && live.how() == How.STALE).as("stale").isFalse();
        }
    }

    private static long bound(How how) {
        return switch (how) {
            case CACHED, REFRESHING -> INTERVAL.toNanos();
            case CHECKED -> GateFixture.QUERY_TIMEOUT.plusMillis(250).toNanos();
            case STALE -> STALE.toNanos();
        };
    }

    private void judge() {
        assertThat(store.mostOpen).as("connections").isLessThanOrEqualTo(fixture.connectionLimit);
        for (Asked asked : pending) {
            if (asked.answers.isEmpty()) {
                assertThat(loop.elapsedNanos() - asked.atNanos)
                        .as("without an answer")
                        .isLessThanOrEqualTo(ANSWERED_WITHIN.toNanos());
            }
            assertThat(asked.answers.size()).as("answers").isLessThanOrEqualTo(1);
        }
        pending.removeIf(asked -> !asked.answers.isEmpty());
    }
}
