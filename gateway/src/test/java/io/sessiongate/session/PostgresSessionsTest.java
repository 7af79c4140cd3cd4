package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.VerifiedToken;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gate over a real PostgreSQL, from a token to a verdict. */
@Timeout(60)
class PostgresSessionsTest {

    private static final String APPLICATION = "gate";
    private static final int CONNECTION_LIMIT = 4;
    private static final Lookup TABLE =
            new Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");
    private static final Lookup SLOW = new Lookup.Query("select s.id, s.user_id as subject, s.expires_at as expires,"
            + " s.revoked_at as revoked from sessions s, (select pg_sleep(0.3) where cardinality($1::text[]) > 0) nap"
            + " where s.id = any($1)");

    private static TestPostgres postgres;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private PostgresSessions sessions;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(Map.of("max_connections", "20"));
        postgres.run(
                "postgres",
                "create table sessions (id text primary key, user_id text not null, expires_at timestamp(3) not null,"
                        + " revoked_at timestamp(3))");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void open() {
        sessions = PostgresSessions.start();
        postgres.run(
                "postgres",
                "truncate sessions",
                "insert into sessions select 's' || i, 'u' || i, now() at time zone 'utc' + interval '1 hour'"
                        + " from generate_series(1, 500) i");
    }

    @AfterEach
    void close() {
        sessions.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private SessionGate gate(Lookup lookup, Duration queryTimeout) {
        SessionConfig config = new SessionConfig(
                postgres.config("postgres", null, TestPostgres.USER, "", CONNECTION_LIMIT, APPLICATION),
                lookup,
                // Every request is checked: the interval for expiring tokens is zero, and all are about to expire.
                new CheckConfig(
                        Duration.ofSeconds(60),
                        Duration.ofDays(1),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofMinutes(5)),
                queryTimeout,
                10_000,
                10_000);
        return sessions.open("test", config, InstantSource.system(), new SessionMeters(registry, "test"));
    }

    private static VerifiedToken token(int i) {
        long now = System.currentTimeMillis();
        // Issued long ago, so that being about to expire is not capped by a short life.
        return new VerifiedToken("u" + i, "s" + i, Set.of(), now - 86_400_000L, now + 3_600_000L, Map.of(), "");
    }

    private static CompletableFuture<SessionVerdict> ask(SessionGate gate, int session) {
        return ask(gate, session, null);
    }

    private static CompletableFuture<SessionVerdict> ask(SessionGate gate, int session, @Nullable Duration staleLimit) {
        CompletableFuture<SessionVerdict> verdict = new CompletableFuture<>();
        gate.decide(token(session), staleLimit, Runnable::run, verdict::complete);
        return verdict.orTimeout(30, TimeUnit.SECONDS);
    }

    private static List<SessionVerdict> askAll(SessionGate gate, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> ask(gate, i)).toList().stream()
                .map(CompletableFuture::join)
                .toList();
    }

    private double queries() {
        return registry.get("sessiongate.session.queries").counter().count();
    }

    /** Samples how many connections the server sees until told to end; returns the most. */
    private static CompletableFuture<Integer> mostBackends(CompletableFuture<Void> end) {
        return CompletableFuture.supplyAsync(() -> {
            int most = 0;
            try (Connection connection = postgres.connect("postgres");
                    Statement statement = connection.createStatement()) {
                while (!end.isDone()) {
                    var count = statement.executeQuery(
                            "select count(*) from pg_stat_activity where application_name = '" + APPLICATION + "'");
                    count.next();
                    most = Math.max(most, count.getInt(1));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return most;
        });
    }

    @Test
    void aSessionIsLiveUntilItIsRevoked() {
        SessionGate gate = gate(TABLE, Duration.ofSeconds(5));
        assertThat(ask(gate, 1).join()).isInstanceOf(Live.class);

        postgres.run("postgres", "update sessions set revoked_at = now() where id = 's1'");

        assertThat(ask(gate, 1).join()).isEqualTo(new Ended(EndReason.REVOKED));
        assertThat(ask(gate, 2).join()).isInstanceOf(Live.class);
    }

    @Test
    void aSessionThatExpiredOrDoesNotExistIsOver() {
        SessionGate gate = gate(TABLE, Duration.ofSeconds(5));
        postgres.run("postgres", "update sessions set expires_at = now() at time zone 'utc' where id = 's1'");

        assertThat(ask(gate, 1).join()).isEqualTo(new Ended(EndReason.EXPIRED));
        assertThat(ask(gate, 501).join()).isEqualTo(new Ended(EndReason.NOT_FOUND));
    }

    @Test
    void twoHundredSessionsAtOnceTakeAHandfulOfQueries() {
        SessionGate gate = gate(TABLE, Duration.ofSeconds(5));

        assertThat(askAll(gate, 200)).hasSize(200).allSatisfy(v -> assertThat(v).isInstanceOf(Live.class));

        assertThat(queries()).isBetween(1.0, 8.0);
    }

    @Test
    void slowQueriesNeverTakeMoreConnectionsThanTheLimit() {
        SessionGate gate = gate(SLOW, Duration.ofSeconds(5));
        CompletableFuture<Void> end = new CompletableFuture<>();
        CompletableFuture<Integer> most = mostBackends(end);
        List<SessionVerdict> verdicts = new ArrayList<>();

        for (int round = 0; round < 3; round++) {
            verdicts.addAll(askAll(gate, 500));
        }

        end.complete(null);
        assertThat(verdicts).hasSize(1500).allSatisfy(v -> assertThat(v).isInstanceOf(Live.class));
        assertThat(most.join()).isBetween(1, CONNECTION_LIMIT);
        // Sixty-four and more sessions a query, not one.
        assertThat(queries()).isLessThan(24);
    }

    @Test
    void aLockedTableIsAnsweredFromMemoryOrNotAtAllAndLaterAsBefore() throws SQLException {
        SessionGate gate = gate(TABLE, Duration.ofMillis(500));
        ask(gate, 1).join();
        try (Connection holder = postgres.connect("postgres");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("lock table sessions in access exclusive mode");

            assertThat(ask(gate, 1).join())
                    .isInstanceOfSatisfying(
                            Live.class, live -> assertThat(live.how()).isEqualTo(SessionVerdict.How.STALE));
            assertThat(ask(gate, 1, Duration.ZERO).join())
                    .isInstanceOfSatisfying(
                            Unknown.class, v -> assertThat(v.reason()).isEqualTo(UnknownReason.QUERY_TIMEOUT));
            holder.rollback();
        }
        assertThat(ask(gate, 1).join())
                .isInstanceOfSatisfying(
                        Live.class, live -> assertThat(live.how()).isEqualTo(SessionVerdict.How.CHECKED));
        assertThat(postgres.backends(APPLICATION)).hasSizeLessThanOrEqualTo(CONNECTION_LIMIT);
    }

    @Test
    void frozenBackendsAreWrittenOffAndReplaced() {
        SessionGate gate = gate(TABLE, Duration.ofMillis(300));
        ask(gate, 1).join();
        List<Long> frozen = postgres.backends(APPLICATION);
        frozen.forEach(TestPostgres::freeze);
        try {
            assertThat(ask(gate, 2).join())
                    .isInstanceOfSatisfying(
                            Unknown.class, v -> assertThat(v.reason()).isEqualTo(UnknownReason.QUERY_TIMEOUT));
            await().untilAsserted(() -> assertThat(ask(gate, 2).join()).isInstanceOf(Live.class));
            assertThat(PgBench.socketsTo(postgres.port())).isLessThanOrEqualTo(CONNECTION_LIMIT);
        } finally {
            frozen.forEach(TestPostgres::thaw);
        }
    }

    @Test
    void aDatabaseThatIsAwayAtFirstIsFoundOnceItIsThere() {
        postgres.stop();
        try {
            SessionGate gate = gate(TABLE, Duration.ofSeconds(5));

            long begun = System.nanoTime();
            assertThat(ask(gate, 1).join())
                    .isInstanceOfSatisfying(
                            Unknown.class, v -> assertThat(v.reason()).isEqualTo(UnknownReason.DATABASE_UNAVAILABLE));
            assertThat(System.nanoTime() - begun)
                    .isLessThan(Duration.ofSeconds(2).toNanos());
            assertThat(gate.health().connected()).isFalse();
            assertThat(gate.health().lastFailure()).startsWith("Connection refused");

            postgres.startAgain();
            await().until(() -> gate.health().connected());
            assertThat(ask(gate, 1).join()).isInstanceOf(Live.class);
        } finally {
            postgres.stop();
            postgres.startAgain();
        }
    }

    @Test
    void aRestartIsSurvivedFromMemory() {
        SessionGate gate = gate(TABLE, Duration.ofSeconds(5));
        ask(gate, 1).join();

        postgres.stop();
        SessionVerdict during = ask(gate, 1).join();
        postgres.startAgain();

        assertThat(during)
                .isInstanceOfSatisfying(Live.class, v -> assertThat(v.how()).isEqualTo(SessionVerdict.How.STALE));
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(ask(gate, 1).join())
                        .isInstanceOfSatisfying(
                                Live.class, v -> assertThat(v.how()).isEqualTo(SessionVerdict.How.CHECKED)));
    }

    @Test
    void aMissingTableIsNamedInItsHealth() {
        SessionGate gate = gate(new Lookup.Table(List.of("no_such"), "id", null, null, null), Duration.ofSeconds(5));

        assertThat(ask(gate, 1).join()).isInstanceOf(Unknown.class);

        assertThat(gate.health().lastFailure()).isEqualTo("PostgreSQL: relation \"no_such\" does not exist (42P01)");
    }

    @Test
    void closingAnswersWhoeverWaits() {
        SessionGate gate = gate(SLOW, Duration.ofSeconds(5));
        List<CompletableFuture<SessionVerdict>> waiting =
                IntStream.rangeClosed(1, 300).mapToObj(i -> ask(gate, i)).toList();

        sessions.close();

        assertThat(waiting).allSatisfy(v -> assertThat(v.join()).isInstanceOf(Unknown.class));
        assertThat(ask(gate, 1).join()).isInstanceOf(Unknown.class);
    }
}
