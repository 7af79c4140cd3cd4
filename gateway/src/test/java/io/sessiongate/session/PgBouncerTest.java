package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.testing.DatabaseConfigBuilder;
import io.sessiongate.testing.TestPooler;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.VerifiedToken;
import java.sql.Connection;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Through a real PgBouncer in transaction mode with two connections to the server; skipped where none is installed. */
@Timeout(60)
class PgBouncerTest {

    private static final String APPLICATION = "pooled";
    private static final int SERVER_CONNECTIONS = 2;
    private static final Lookup TABLE = new Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", null);
    private static final Lookup QUERY =
            new Lookup.Query("select id, user_id as subject from public.sessions where id = any($1)");

    private static TestPostgres postgres;
    private static TestPooler pooler;

    private PgBench bench;

    @BeforeAll
    static void start() {
        Assumptions.assumeTrue(
                TestPooler.program().isPresent(), "pgbouncer is not installed: nothing is shown about poolers");
        postgres = TestPostgres.start(Map.of());
        postgres.run(
                "postgres",
                "create table sessions (id text primary key, user_id text, expires_at timestamptz)",
                "insert into sessions select 's' || i, 'u' || i, now() + interval '1 hour' from generate_series(1, 5000) i");
        pooler = TestPooler.before(postgres, SERVER_CONNECTIONS);
    }

    @AfterAll
    static void stop() {
        if (postgres != null) {
            pooler.close();
            postgres.close();
        }
    }

    @BeforeEach
    void open() {
        bench = new PgBench();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static DatabaseConfigBuilder pooled() {
        // All that an ordinary connection would give as it starts, and a pooler rejects.
        return pooler.config().application(APPLICATION).serverOptions(Map.of("work_mem", "1MB"));
    }

    private static List<String> activeOnTheServer() {
        return postgres.ask(
                "postgres",
                "select pid from pg_stat_activity where application_name = '" + APPLICATION
                        + "' and state = 'active' and query like '%sessions%'");
    }

    @Test
    void twoHundredBatchesOverSixConnectionsThatShareTwoAreAllRight() {
        for (Lookup lookup : List.of(TABLE, QUERY)) {
            List<PgBench.Client> clients = IntStream.range(0, 6)
                    .mapToObj(i -> bench.connected(pooled().build(), lookup))
                    .toList();
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int c = 0; c < clients.size(); c++) {
                PgBench.Client client = clients.get(c);
                int first = c;
                done.add(CompletableFuture.runAsync(() -> {
                    for (int batch = first; batch < 200; batch += 6) {
                        String[] ids = IntStream.rangeClosed(batch * 20 + 1, batch * 20 + 20)
                                .mapToObj(i -> "s" + i)
                                .toArray(String[]::new);
                        assertThat(bench.found(client, ids)).containsExactlyInAnyOrder(ids);
                    }
                }));
            }

            assertThat(done).allSatisfy(CompletableFuture::join);

            assertThat(clients).allSatisfy(client -> assertThat(client.gone).hasValue(0));
            assertThat(postgres.backends(APPLICATION)).hasSizeBetween(1, SERVER_CONNECTIONS);
            bench.closeConnections();
        }
        assertThat(pooler.log()).doesNotContain("unsupported startup parameter");
    }

    @Test
    void aBlockedQueryIsEndedOnTheServerByTheWatchdogsCancelRequest() throws Exception {
        Duration queryTimeout = Duration.ofMillis(500);
        try (PostgresSessions sessions = PostgresSessions.start()) {
            SessionGate gate = sessions.open(
                    "test",
                    new SessionConfig(
                            pooled().build(),
                            TABLE,
                            new CheckConfig(
                                    Duration.ofSeconds(60),
                                    Duration.ZERO,
                                    Duration.ZERO,
                                    Duration.ZERO,
                                    Duration.ofMinutes(5)),
                            queryTimeout,
                            1000,
                            1000),
                    InstantSource.system(),
                    new SessionMeters(new SimpleMeterRegistry(), "test"));
            assertThat(ask(gate, "s1").join()).isInstanceOf(Live.class);
            try (Connection holder = postgres.connect("postgres");
                    Statement statement = holder.createStatement()) {
                holder.setAutoCommit(false);
                statement.execute("lock table sessions in access exclusive mode");

                long begun = System.nanoTime();
                CompletableFuture<SessionVerdict> blocked = ask(gate, "s2");
                await().until(() -> activeOnTheServer().size() == 1);
                assertThat(blocked.join())
                        .isInstanceOfSatisfying(
                                Unknown.class,
                                unknown -> assertThat(unknown.reason()).isEqualTo(UnknownReason.QUERY_TIMEOUT));

                assertThat(System.nanoTime() - begun)
                        .isGreaterThan(queryTimeout.plusMillis(249).toNanos());
                await().atMost(Duration.ofSeconds(2))
                        .until(() -> activeOnTheServer().isEmpty());
                holder.rollback();
            }
            assertThat(ask(gate, "s2").join()).isInstanceOf(Live.class);
        }
    }

    /** It drops one whose sender has hung up before it is passed on. */
    @RepeatedTest(10)
    void aCancelRequestReachesTheServer() throws Exception {
        PgBench.Client client = bench.connected(pooled().build(), TABLE);
        try (Connection holder = postgres.connect("postgres");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("lock table sessions in access exclusive mode");
            CompletableFuture<CheckResult> check = bench.begin(client, "s1");
            await().pollInterval(Duration.ofMillis(10))
                    .until(() -> activeOnTheServer().size() == 1);

            bench.run(client.connection::cancel);

            assertThat(bench.failure(check.orTimeout(2, TimeUnit.SECONDS)).reason())
                    .isEqualTo(UnknownReason.QUERY_TIMEOUT);
        }
        await().pollInterval(Duration.ofMillis(10)).until(() -> PgBench.socketsTo(pooler.port()) == 1);
        assertThat(bench.found(client, "s1")).containsExactly("s1");
    }

    private static CompletableFuture<SessionVerdict> ask(SessionGate gate, String session) {
        long now = System.currentTimeMillis();
        CompletableFuture<SessionVerdict> verdict = new CompletableFuture<>();
        gate.decide(
                new VerifiedToken("u" + session.substring(1), session, Set.of(), now, now + 3_600_000, Map.of(), ""),
                null,
                Runnable::run,
                verdict::complete);
        return verdict.orTimeout(20, TimeUnit.SECONDS);
    }

    /** Why {@code listen-on} exists. */
    @Test
    void listeningThroughItSucceedsAndHearsNothing() {
        List<String> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
        PgLink through = link(pooled());
        PgLink direct = link(postgres.config().application("direct"));
        for (PgLink link : List.of(through, direct)) {
            bench.run(() -> link.onNotification((channel, payload) -> heard.add(payload)));
            assertThat(script(link, "listen ended")).isInstanceOf(PgAnswer.Done.class);
        }

        postgres.run("postgres", "notify ended, 'one'", "notify ended, 'two'");

        await().until(() -> heard.contains("two"));
        // Both were told before an answer that comes after them: once by the direct link, never by the other.
        script(through, "select 1");
        assertThat(heard).containsExactly("one", "two");
    }

    private PgLink link(DatabaseConfigBuilder database) {
        CompletableFuture<PgLink.Opened> opened = new CompletableFuture<>();
        PgLinks links = new PgLinks(database.build(), Duration.ofSeconds(5), bench.loop);
        bench.run(() -> links.open(opened::complete));
        return ((PgLink.Opened.Open) opened.orTimeout(10, TimeUnit.SECONDS).join()).link();
    }

    private PgAnswer script(PgLink link, String sql) {
        CompletableFuture<PgAnswer> answer = new CompletableFuture<>();
        bench.run(() -> link.script(sql, answer::complete));
        return answer.orTimeout(10, TimeUnit.SECONDS).join();
    }
}
