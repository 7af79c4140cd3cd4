package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.testing.DatabaseConfigBuilder;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random histories over a primary and replicas that lag, die, fall silent and come back, against a plain model: nobody is
 * served longer than without replicas, nobody is signed out who is not, everybody is answered in time.
 */
class ReplicaHistoriesTest {

    private static final int SESSIONS = 12;
    private static final int STEPS = 3_000;
    private static final int LIMIT = 3;
    private static final Duration INTERVAL = Duration.ofSeconds(8);
    private static final Duration STALE = Duration.ofMinutes(5);
    private static final Duration POOL_TIMEOUT = Duration.ofSeconds(10);
    /** Twice, where an answer was too old for it. */
    private static final Duration ANSWERED_WITHIN =
            POOL_TIMEOUT.plus(FakeCluster.QUERY_TIMEOUT).plusMillis(250).multipliedBy(2);

    private final Map<String, Long> endedAt = new HashMap<>();
    private final List<Asked> pending = new ArrayList<>();
    private int logins;
    private int served;

    private record Asked(String session, long atNanos, List<SessionVerdict> answers) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void nobodyIsServedBeyondTheBoundNorSignedOutForAReplica(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FakeCluster cluster = new FakeCluster(random.nextInt(1, 4), seed);
        VirtualLoop loop = cluster.loop;
        SessionGate gate =
                new SessionGate("test", config(), cluster.connector, null, loop, loop.clock(), cluster.meters);
        List<VerifiedToken> tokens = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            tokens.add(login(cluster));
        }
        cluster.catchUp();

        for (int step = 0; step < STEPS; step++) {
            int which = random.nextInt(SESSIONS);
            switch (random.nextInt(24)) {
                case 0, 1 -> end(cluster, tokens.get(which).sessionId(), random.nextBoolean());
                case 2 -> tokens.set(which, login(cluster));
                case 3 -> breakSomething(cluster, random);
                case 4 -> heal(cluster);
                case 5, 6, 7, 8, 9 -> replay(cluster, random);
                default -> ask(gate, loop, tokens.get(which));
            }
            loop.advance(Duration.ofMillis(random.nextInt(6) == 0 ? random.nextLong(3_000) : random.nextLong(60)));
            judge(cluster);
        }

        heal(cluster);
        cluster.catchUp();
        loop.advance(Duration.ofSeconds(30));
        judge(cluster);
        assertThat(pending).isEmpty();
        for (VerifiedToken token : tokens) {
            List<SessionVerdict> answers = ask(gate, loop, token);
            loop.advance(Duration.ofSeconds(3));
            assertThat(answers).singleElement().isNotInstanceOf(Unknown.class);
        }
        assertThat(served).isGreaterThan(STEPS / 10);
        assertThat(answeredByReplicas(cluster)).isGreaterThan(STEPS / 50.0);
        gate.close();
        loop.advance(Duration.ofMinutes(1));
        assertThat(cluster.primary.open + cluster.shared.open).isZero();
        assertThat(cluster.replicas)
                .allSatisfy(replica -> assertThat(replica.store.open).isZero());
    }

    private static double answeredByReplicas(FakeCluster cluster) {
        return sum(cluster, "queries") - sum(cluster, "too.old") - sum(cluster, "failovers");
    }

    private static double sum(FakeCluster cluster, String meter) {
        return cluster.registry.get("sessiongate.session.replica." + meter).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static SessionConfig config() {
        return new SessionConfig(
                new DatabaseConfigBuilder(5432)
                        .connectionLimit(LIMIT)
                        .poolTimeout(POOL_TIMEOUT)
                        .build(),
                new Lookup.Query("select 1"),
                new CheckConfig(INTERVAL, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(2), STALE),
                FakeCluster.QUERY_TIMEOUT,
                10_000,
                10_000);
    }

    private VerifiedToken login(FakeCluster cluster) {
        String session = "session-" + logins++;
        cluster.write(store -> store.login(session, "ann"));
        long now = cluster.loop.clock().millis();
        return new VerifiedToken("ann", session, Set.of(), now, now + 30L * 86_400_000, Map.of(), "");
    }

    private void end(FakeCluster cluster, String session, boolean deleted) {
        endedAt.putIfAbsent(session, cluster.loop.elapsedNanos());
        cluster.write(store -> {
            if (deleted) {
                store.rows.remove(session);
            } else {
                store.revoke(session);
            }
        });
    }

    private static void replay(FakeCluster cluster, SplittableRandom random) {
        FakeCluster.FakeReplica replica = cluster.replicas.get(random.nextInt(cluster.replicas.size()));
        replica.replayOn(random.nextBoolean() ? replica.behind() : random.nextInt(replica.behind() + 1));
    }

    private static void breakSomething(FakeCluster cluster, SplittableRandom random) {
        int which = random.nextInt(cluster.replicas.size() + 1);
        if (which == cluster.replicas.size()) {
            breakStore(cluster.primary, new SplittableRandom(random.nextLong()));
            breakStore(cluster.shared, random);
        } else {
            breakStore(cluster.replicas.get(which).store, random);
        }
    }

    private static void breakStore(FakeStore store, SplittableRandom random) {
        switch (random.nextInt(6)) {
            case 0 -> store.crash();
            case 1 -> store.away = true;
            case 2 -> {
                store.stuck = true;
                store.endsQueriesItself = random.nextBoolean();
                store.hearsCancel = random.nextBoolean();
            }
            case 3 -> store.error = "canceling statement due to conflict with recovery";
            case 4 -> store.queryTime = Duration.ofMillis(random.nextLong(2_500));
            default -> store.connectTime = Duration.ofMillis(random.nextLong(4_000));
        }
    }

    private static void heal(FakeCluster cluster) {
        List<FakeStore> all = new ArrayList<>(List.of(cluster.primary, cluster.shared));
        cluster.replicas.forEach(replica -> all.add(replica.store));
        for (FakeStore store : all) {
            store.away = false;
            store.stuck = false;
            store.endsQueriesItself = true;
            store.hearsCancel = true;
            store.error = null;
            store.queryTime = Duration.ofMillis(2);
            store.connectTime = Duration.ofMillis(5);
        }
    }

    private List<SessionVerdict> ask(SessionGate gate, VirtualLoop loop, VerifiedToken token) {
        List<SessionVerdict> answers = new ArrayList<>();
        Asked asked = new Asked(token.sessionId(), loop.elapsedNanos(), answers);
        pending.add(asked);
        gate.decide(token, null, loop, verdict -> {
            answers.add(verdict);
            judge(asked, verdict, loop.elapsedNanos());
        });
        return answers;
    }

    /** At the moment of the answer. */
    private void judge(Asked asked, SessionVerdict verdict, long now) {
        assertThat(now - asked.atNanos).as("wait").isLessThanOrEqualTo(ANSWERED_WITHIN.toNanos());
        if (verdict instanceof Ended) {
            assertThat(endedAt).as("signed out").containsKey(asked.session);
        } else if (verdict instanceof Live live) {
            served++;
            long since = now - endedAt.getOrDefault(asked.session, now);
            Duration bound = live.how() == How.STALE ? STALE : INTERVAL;
            assertThat(since).as("served after its end, %s", live.how()).isLessThanOrEqualTo(bound.toNanos());
        }
    }

    private void judge(FakeCluster cluster) {
        assertThat(cluster.shared.mostOpen).as("shared").isLessThanOrEqualTo(1);
        assertThat(cluster.primary.mostOpen).as("primary").isLessThanOrEqualTo(LIMIT);
        // One more to see whether it is there again.
        assertThat(cluster.replicas)
                .allSatisfy(replica -> assertThat(replica.store.mostOpen).isLessThanOrEqualTo(LIMIT + 1));
        for (Asked asked : pending) {
            if (asked.answers.isEmpty()) {
                assertThat(cluster.loop.elapsedNanos() - asked.atNanos)
                        .as("without an answer")
                        .isLessThanOrEqualTo(ANSWERED_WITHIN.toNanos());
            }
        }
        pending.removeIf(asked -> !asked.answers.isEmpty());
    }
}
