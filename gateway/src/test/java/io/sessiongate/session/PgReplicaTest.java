package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.testing.TestReplica;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gate over a real primary with two real streaming replicas, whose replay can be paused. */
@Timeout(60)
class PgReplicaTest {

    private static final String APPLICATION = "replicated";
    private static final Duration MAX_LAG = Duration.ofMillis(1500);
    private static final Duration INTERVAL = Duration.ofSeconds(3);
    private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);
    private static final int SESSIONS = 30_000;
    private static final Lookup TABLE =
            new Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");

    private static TestPostgres primary;
    private static List<TestPostgres> replicas;

    private SimpleMeterRegistry registry = new SimpleMeterRegistry();
    /** Sessions from here on were not asked about. */
    private int next = 1000;

    private PostgresSessions sessions;
    private SessionGate gate;

    @BeforeAll
    static void start() {
        primary = TestPostgres.start(Map.of());
        primary.run(
                "postgres",
                "create table sessions (id text primary key, user_id text not null, expires_at timestamp(3) not null,"
                        + " revoked_at timestamp(3))");
        replicas = TestReplica.of(primary, 2);
    }

    @AfterAll
    static void stop() {
        replicas.forEach(TestPostgres::close);
        primary.close();
    }

    @BeforeEach
    void open() {
        primary.run("postgres", "truncate sessions", insert("s", 1, SESSIONS, "1 hour"));
        replicas.forEach(replica -> TestReplica.catchUp(primary, replica));
        sessions = PostgresSessions.start();
        gate = gate(replicas.stream()
                .map(replica -> replica.config().application(APPLICATION).build())
                .toList());
    }

    private SessionGate gate(List<DatabaseConfig> at) {
        registry = new SimpleMeterRegistry();
        return sessions.open(
                "test",
                new SessionConfig(
                        primary.config().application(APPLICATION).build(),
                        at,
                        MAX_LAG,
                        TABLE,
                        new CheckConfig(INTERVAL, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(5)),
                        RevocationConfig.DEFAULT,
                        null,
                        true,
                        QUERY_TIMEOUT,
                        10_000,
                        10_000),
                InstantSource.system(),
                new SessionMeters(registry, "test"));
    }

    @AfterEach
    void close() {
        sessions.close();
        await().until(() -> primary.backends(APPLICATION).isEmpty());
    }

    private static String insert(String prefix, int from, int to, String lifetime) {
        return "insert into sessions select '" + prefix + "' || i, 'u', now() at time zone 'utc' + interval '"
                + lifetime + "' from generate_series(" + from + ", " + to + ") i";
    }

    private CompletableFuture<SessionVerdict> ask(String session) {
        long now = System.currentTimeMillis();
        CompletableFuture<SessionVerdict> verdict = new CompletableFuture<>();
        gate.decide(
                new VerifiedToken("u", session, Set.of(), now, now + 3_600_000L, Map.of(), ""),
                null,
                Runnable::run,
                verdict::complete);
        return verdict.orTimeout(30, TimeUnit.SECONDS);
    }

    private SessionVerdict verdict(String session) {
        return ask(session).join();
    }

    /** Enough at once for more than one connection. */
    private void askMany() {
        List<CompletableFuture<SessionVerdict>> asked =
                IntStream.range(next, next += 700).mapToObj(i -> ask("s" + i)).toList();
        assertThat(asked).allSatisfy(v -> assertThat(v.join()).isInstanceOf(Live.class));
    }

    private double count(String meter, int replica) {
        return registry.get("sessiongate.session.replica." + meter)
                .tag("replica", Integer.toString(replica))
                .counter()
                .count();
    }

    private double resting(int replica, String reason) {
        return registry.get("sessiongate.session.replica.resting")
                .tags("replica", Integer.toString(replica), "reason", reason)
                .gauge()
                .value();
    }

    /** Until checks go to the replicas: there is a sample, and connections to both. */
    private void warmUp() {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            askMany();
            return count("queries", 0) > 0 && count("queries", 1) > 0;
        });
    }

    /** Uses new sessions until the condition holds. */
    private void use(java.util.function.BooleanSupplier until) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            assertThat(verdict("s" + next++)).isInstanceOf(Live.class);
            return until.getAsBoolean();
        });
    }

    @Test
    void checksGoToBothReplicasInTurn() {
        warmUp();
        double first = count("queries", 0);
        double second = count("queries", 1);

        for (int i = 0; i < 200; i++) {
            assertThat(verdict("s" + next++)).isInstanceOf(Live.class);
        }

        assertThat(count("queries", 0) - first).isGreaterThan(40);
        assertThat(count("queries", 1) - second).isGreaterThan(40);
        assertThat(primary.backends(APPLICATION)).hasSize(1);
        assertThat(replicas)
                .allSatisfy(replica -> assertThat(replica.backends(APPLICATION)).isNotEmpty());
    }

    @Test
    void aSessionCreatedAMomentAgoIsConfirmedOnThePrimaryAndServed() {
        warmUp();
        replicas.forEach(TestReplica::pause);
        try {
            primary.run("postgres", insert("new", 1, 1, "1 hour"));

            assertThat(verdict("new1")).isInstanceOf(Live.class);
            assertThat(verdict("nobody")).isEqualTo(new Ended(EndReason.NOT_FOUND));
        } finally {
            replicas.forEach(TestReplica::resume);
        }
    }

    @Test
    void aSessionProlongedAMomentAgoIsNotRefusedForTheReplicasOldRow() {
        warmUp();
        primary.run("postgres", insert("short", 1, 1, "400 ms"));
        replicas.forEach(replica -> TestReplica.catchUp(primary, replica));
        replicas.forEach(TestReplica::pause);
        try {
            primary.run(
                    "postgres", "update sessions set expires_at = expires_at + interval '1 hour' where id = 'short1'");
            await().until(() -> primary.ask(
                            "postgres",
                            "select now() at time zone 'utc' > expires_at - interval '1 hour' from sessions where id = 'short1'")
                    .equals(List.of("t")));

            assertThat(verdict("short1")).isInstanceOf(Live.class);
        } finally {
            replicas.forEach(TestReplica::resume);
        }
    }

    @Test
    void aReplicaThatLagsIsLeftOutAndComesBack() {
        warmUp();
        TestReplica.pause(replicas.get(0));
        try {
            primary.run("postgres", insert("wal", 1, 1, "1 hour"));
            use(() -> resting(0, "lagging") == 1);
            use(() -> replicas.get(0).backends(APPLICATION).isEmpty());
            assertThat(count("failovers", 0)).isZero();
        } finally {
            TestReplica.resume(replicas.get(0));
        }

        double before = count("queries", 0);
        await().until(() -> {
            askMany();
            return resting(0, "lagging") == 0 && count("queries", 0) > before + 1;
        });
    }

    @Test
    void aRevokedSessionIsServedNoLongerForAReplicaThatLags() {
        warmUp();
        replicas.forEach(TestReplica::pause);
        try {
            long revoked = System.nanoTime();
            primary.run("postgres", "update sessions set revoked_at = now() where id = 's650'");
            await().pollInterval(Duration.ofMillis(10))
                    .until(() ->
                            System.nanoTime() - revoked > Duration.ofMillis(700).toNanos());
            // First asked after its revocation, of a replica that has not heard of it and is within max-lag.
            assertThat(verdict("s650")).isInstanceOf(Live.class);

            long[] lastServed = {0};
            await().pollInterval(Duration.ofMillis(10)).until(() -> {
                boolean live = verdict("s650") instanceof Live;
                lastServed[0] = live ? System.nanoTime() : lastServed[0];
                return !live;
            });

            assertThat(Duration.ofNanos(lastServed[0] - revoked)).isLessThan(INTERVAL.plusMillis(150));
        } finally {
            replicas.forEach(TestReplica::resume);
        }
    }

    @Test
    void aReplicaStoppedUnderLoadFailsNoCheck() {
        warmUp();
        CompletableFuture<Void> end = new CompletableFuture<>();
        List<CompletableFuture<List<SessionVerdict>>> load = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    List<SessionVerdict> verdicts = new ArrayList<>();
                    for (int n = next + 1000 + i; !end.isDone(); n += 4) {
                        verdicts.add(verdict("s" + n));
                    }
                    return verdicts;
                }))
                .toList();
        try {
            replicas.get(1).stop();
            await().until(() -> resting(1, "unreachable") + resting(1, "failing") == 1);
        } finally {
            replicas.get(1).startAgain();
        }
        await().until(() -> resting(1, "unreachable") + resting(1, "failing") == 0);
        end.complete(null);

        assertThat(load)
                .allSatisfy(verdicts -> assertThat(verdicts.join())
                        .allSatisfy(v -> assertThat(v).isInstanceOf(Live.class)));
    }

    @Test
    void aReplicaThatFallsSilentFailsNoCheck() {
        warmUp();
        List<Long> frozen = replicas.get(0).backends(APPLICATION);
        frozen.forEach(TestPostgres::freeze);
        try {
            use(() -> resting(0, "failing") == 1);
        } finally {
            frozen.forEach(TestPostgres::thaw);
        }
    }

    @Test
    void withThePrimaryAwayKnownSessionsAreServedAndNobodyIsSignedOut() {
        warmUp();
        assertThat(verdict("s650")).isInstanceOf(Live.class);
        primary.stop();
        try {
            assertThat(verdict("s650")).isInstanceOf(Live.class);
            assertThat(verdict("nobody")).isInstanceOf(Unknown.class);
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                assertThat(verdict("nobody")).isInstanceOf(Unknown.class);
                return verdict("s650") instanceof Live live && live.how() == How.STALE;
            });
            assertThat(verdict("s651")).isInstanceOf(Unknown.class);
        } finally {
            primary.startAgain();
        }
        await().until(() -> verdict("nobody").equals(new Ended(EndReason.NOT_FOUND)));
        await().until(() -> verdict("s650") instanceof Live live && live.how() != How.STALE);
        replicas.forEach(replica -> TestReplica.catchUp(primary, replica));
    }

    @Test
    void aServerThatIsNoReplicaIsLeftOut() {
        gate = gate(List.of(primary.config().application(APPLICATION).build()));

        await().until(() -> {
            assertThat(verdict("s650")).isInstanceOf(Live.class);
            assertThat(verdict("nobody")).isEqualTo(new Ended(EndReason.NOT_FOUND));
            askMany();
            return resting(0, "promoted") == 1;
        });
    }

    @Test
    void throughAPoolerTheLookAndTheCheckAreOneTransaction() {
        gate = gate(replicas.stream()
                .map(replica -> replica.config()
                        .application(APPLICATION)
                        .pgbouncer(true)
                        .build())
                .toList());
        warmUp();

        use(() -> count("queries", 0) - count("too.old", 0) > 5 && count("queries", 1) - count("too.old", 1) > 5);

        assertThat(count("failovers", 0) + count("failovers", 1)).isZero();
    }
}
