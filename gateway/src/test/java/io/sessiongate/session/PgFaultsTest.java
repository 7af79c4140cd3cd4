package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.DatabaseConfig.Tls.Mode;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.CheckConnector.ConnectResult.Connected;
import io.sessiongate.session.CheckConnector.ConnectResult.Refused;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.testing.DatabaseConfigBuilder;
import io.sessiongate.testing.TestPostgres;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is slow, frozen, full, gone, or comes back: a server of this class's own, with ten connections. */
@Timeout(60)
class PgFaultsTest {

    private static final String APPLICATION = "faulty";
    private static final Lookup SESSIONS = new Lookup.Table(List.of("sessions"), "id", null, null, null);

    private static TestPostgres postgres;

    private PgBench bench;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(Map.of("max_connections", "10", "superuser_reserved_connections", "3"));
        postgres.run(
                "postgres",
                "create table sessions (id text primary key)",
                "insert into sessions values ('a')",
                "create role app login",
                "grant select on sessions to app");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void open() {
        bench = new PgBench();
    }

    @AfterEach
    void close() {
        bench.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private static DatabaseConfig config() {
        return faulty().build();
    }

    private static DatabaseConfigBuilder faulty() {
        return postgres.config().user("app").application(APPLICATION);
    }

    private static DatabaseConfig tls(Mode mode, Duration connectTimeout) {
        return faulty().tls(new Tls(mode, false, null))
                .connectTimeout(connectTimeout)
                .build();
    }

    /** Holds the table until closed. */
    private static Connection lockedTable() throws SQLException {
        Connection holder = postgres.connect("postgres");
        holder.setAutoCommit(false);
        try (Statement statement = holder.createStatement()) {
            statement.execute("lock table sessions in access exclusive mode");
        }
        return holder;
    }

    private static List<String> waitingForALock() {
        return postgres.ask(
                "postgres",
                "select pid from pg_stat_activity where application_name = '" + APPLICATION
                        + "' and state = 'active' and wait_event_type = 'Lock'");
    }

    private static List<String> idle() {
        return postgres.ask(
                "postgres",
                "select pid from pg_stat_activity where application_name = '" + APPLICATION + "' and state = 'idle'");
    }

    @Test
    void aQueryBlockedByALockIsGoneFromTheServerAfterTheDeadlineAndItsConnectionUsableAgain() throws SQLException {
        var client = bench.connected(config(), SESSIONS);
        long pid = postgres.backends(APPLICATION).get(0);
        long begun = System.nanoTime();
        try (Connection holder = lockedTable()) {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");
            await().until(() -> waitingForALock().equals(List.of(Long.toString(pid))));

            var failure = bench.failure(check);

            assertThat(failure.reason()).isEqualTo(UnknownReason.QUERY_TIMEOUT);
            assertThat(System.nanoTime() - begun)
                    .isBetween(
                            PgBench.QUERY_TIMEOUT.toNanos(),
                            PgBench.QUERY_TIMEOUT.plusSeconds(2).toNanos());
            await().until(() -> idle().equals(List.of(Long.toString(pid))));
            assertThat(waitingForALock()).isEmpty();
            holder.rollback();
        }
        assertThat(bench.found(client, "a")).containsExactly("a");
        assertThat(postgres.backends(APPLICATION)).containsExactly(pid);
        assertThat(client.gone).hasValue(0);
    }

    @Test
    void aCancelEndsAQueryThatHasNoDeadlineOnTheServerAndItsConnectionIsUsableAgain() throws SQLException {
        var client = bench.connected(faulty().pgbouncer(true).build(), SESSIONS);
        try (Connection holder = lockedTable()) {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");
            await().until(() -> waitingForALock().size() == 1);

            bench.run(client.connection::cancel);

            assertThat(bench.failure(check).reason()).isEqualTo(UnknownReason.QUERY_TIMEOUT);
            assertThat(waitingForALock()).isEmpty();
            holder.rollback();
        }
        assertThat(bench.found(client, "a")).containsExactly("a");
        await().until(() -> PgBench.socketsTo(postgres.port()) == 1);
    }

    @Test
    void aCancelWithoutAQueryDoesNothing() {
        var client = bench.connected(config(), SESSIONS);

        bench.run(client.connection::cancel);

        assertThat(bench.found(client, "a")).containsExactly("a");
        assertThat(PgBench.socketsTo(postgres.port())).isOne();
    }

    @Test
    void aConnectionWhoseCancelCameTooLateIsNotUsedAgain() {
        var client = bench.connected(config(), SESSIONS);

        CompletableFuture<CheckResult> check = new CompletableFuture<>();
        bench.run(() -> {
            // In one turn, so that the query cannot be over before.
            client.connection.check(List.of("a"), CheckConnection.ANY_AGE, check::complete);
            for (int i = 0; i < 10; i++) {
                client.connection.cancel();
            }
        });

        check.join();
        // Whichever was faster: a query that ended by itself takes its connection along.
        if (client.gone.get() == 0 && !(check.join() instanceof CheckResult.Failed)) {
            await().untilAtomic(client.gone, org.hamcrest.Matchers.is(1));
        }
        await().until(() -> PgBench.socketsTo(postgres.port()) <= 1);
    }

    @Test
    void abandoningAConnectionToAFrozenBackendClosesItAtOnce() {
        var client = bench.connected(config(), SESSIONS);
        long pid = postgres.backends(APPLICATION).get(0);
        TestPostgres.freeze(pid);
        try {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");
            assertThat(PgBench.socketsTo(postgres.port())).isOne();

            long begun = System.nanoTime();
            bench.run(client.connection::abandon);

            assertThat(bench.failure(check).reason()).isEqualTo(UnknownReason.DATABASE_UNAVAILABLE);
            assertThat(System.nanoTime() - begun)
                    .isLessThan(Duration.ofSeconds(1).toNanos());
            assertThat(client.gone).hasValue(1);
            await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
        } finally {
            TestPostgres.thaw(pid);
        }
    }

    @Test
    void aCancelThatAFrozenServerNeverReadsIsGivenUp() {
        var client = bench.connected(config(), SESSIONS);
        long backend = postgres.backends(APPLICATION).get(0);
        long postmaster = postgres.postmaster();
        TestPostgres.freeze(backend);
        TestPostgres.freeze(postmaster);
        try {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");
            bench.run(client.connection::cancel);
            bench.run(client.connection::cancel);

            assertThat(PgBench.socketsTo(postgres.port())).isBetween(1L, 2L);
            await().until(() -> PgBench.socketsTo(postgres.port()) == 1);
            bench.run(client.connection::abandon);
            check.join();
            await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
        } finally {
            TestPostgres.thaw(postmaster);
            TestPostgres.thaw(backend);
        }
    }

    @Test
    void closingTheLoopWithAFrozenBackendTakesNoTime() {
        var client = bench.connected(config(), SESSIONS);
        long pid = postgres.backends(APPLICATION).get(0);
        TestPostgres.freeze(pid);
        try {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");

            long begun = System.nanoTime();
            bench.close();

            assertThat(check).isDone();
            assertThat(System.nanoTime() - begun)
                    .isLessThan(Duration.ofSeconds(2).toNanos());
            await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
        } finally {
            TestPostgres.thaw(pid);
        }
    }

    @Test
    void aServerThatAcceptsAndNeverAnswersIsRefusedWithinTheDeadline() {
        for (Mode mode : Mode.values()) {
            TestPostgres.freeze(postgres.postmaster());
            try {
                long begun = System.nanoTime();
                String refusal = bench.refusal(tls(mode, Duration.ofMillis(700)), SESSIONS);

                assertThat(refusal).isEqualTo("no usable connection within 700 ms");
                assertThat(System.nanoTime() - begun)
                        .isLessThan(Duration.ofMillis(1500).toNanos());
                await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
            } finally {
                TestPostgres.thaw(postgres.postmaster());
            }
        }
    }

    @Test
    void aTableLockedWhileConnectingIsRefusedAtTheQueryTimeout() throws SQLException {
        try (Connection holder = lockedTable()) {
            assertThat(bench.refusal(config(), SESSIONS))
                    .isEqualTo("PostgreSQL: canceling statement due to statement timeout (57014)");
            assertThat(holder.isClosed()).isFalse();
        }
        await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
    }

    @Test
    void aConnectionLostWhileLookingAtTheQueryIsNotTakenForAWrongQuery() throws SQLException {
        DatabaseConfig pooled = faulty().pgbouncer(true).build();
        var connector = new PgConnector(
                pooled,
                new Lookup.Query("select id from sessions where id = any($1)"),
                PgBench.QUERY_TIMEOUT,
                bench.loop);
        try (Connection holder = lockedTable()) {
            CompletableFuture<CheckConnector.ConnectResult> result =
                    CompletableFuture.supplyAsync(() -> bench.connect(connector));
            await().until(() -> waitingForALock().size() == 1);

            postgres.ask(
                    "postgres",
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '" + APPLICATION
                            + "'");

            assertThat(result.join())
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.message())
                                    .matches("the connection to PostgreSQL was lost|Connection reset"
                                            + "|the connection failed: ClosedConnectionException"));
            assertThat(holder.isClosed()).isFalse();
        }
    }

    @Test
    void aBackendThatIsTerminatedFailsItsQueryAndIsGoneOnce() throws SQLException {
        var client = bench.connected(config(), SESSIONS);
        try (Connection holder = lockedTable()) {
            CompletableFuture<CheckResult> check = bench.begin(client, "a");
            await().until(() -> waitingForALock().size() == 1);

            postgres.ask(
                    "postgres",
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '" + APPLICATION
                            + "'");

            assertThat(bench.failure(check).reason()).isEqualTo(UnknownReason.DATABASE_UNAVAILABLE);
            await().untilAtomic(client.gone, org.hamcrest.Matchers.is(1));
            bench.run(client.connection::abandon);
            bench.run(() -> {});
            assertThat(client.gone).hasValue(1);
            assertThat(holder.isClosed()).isFalse();
        }
    }

    @Test
    void aTableThatGoesAwayFailsTheQueryAndRetiresTheConnection() {
        String database = postgres.newDatabase();
        postgres.run(database, "create table sessions (id text)", "grant select on sessions to app");
        DatabaseConfig config = faulty().database(database).build();
        var client = bench.connected(config, SESSIONS);
        postgres.run(database, "drop table sessions");

        var failure = bench.failure(bench.begin(client, "a"));

        assertThat(failure.message()).isEqualTo("PostgreSQL: relation \"sessions\" does not exist (42P01)");
        await().untilAtomic(client.gone, org.hamcrest.Matchers.is(1));
    }

    @Test
    void anErrorThatQuotesAnIdIsReportedWithoutIt() {
        var query = new Lookup.Query("select id from sessions where ($1::text[])[1]::int > 0");
        var client = bench.connected(config(), query);

        var failure = bench.failure(bench.begin(client, "SECRET-ID"));

        assertThat(failure.reason()).isEqualTo(UnknownReason.DATABASE_UNAVAILABLE);
        assertThat(failure.message()).isEqualTo("PostgreSQL reported an error (SQLSTATE 22P02)");
        assertThat(client.gone).hasValue(0);
    }

    @Test
    void aServerThatIsFullRefusesAndLaterDoesNot() {
        for (int i = 0; i < 7; i++) {
            bench.connected(config(), SESSIONS);
        }

        assertThat(bench.refusal(config(), SESSIONS)).startsWith("PostgreSQL: ").endsWith("(53300)");

        bench.closeConnections();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
        assertThat(bench.connect(config(), SESSIONS)).isInstanceOf(Connected.class);
    }

    @Test
    void aServerThatIsAwayRefusesAndOnceStartedDoesNot() {
        var client = bench.connected(config(), SESSIONS);

        postgres.stop();

        await().untilAtomic(client.gone, org.hamcrest.Matchers.is(1));
        assertThat(bench.refusal(config(), SESSIONS)).startsWith("Connection refused");
        postgres.startAgain();
        assertThat(bench.connect(config(), SESSIONS)).isInstanceOf(Connected.class);
    }

    @Test
    void aServerWithoutTlsIsSpokenToInPlainTextOnlyWhereThatWasAllowed() {
        assertThat(bench.connect(tls(Mode.PREFER, Duration.ofSeconds(5)), SESSIONS))
                .isInstanceOf(Connected.class);
        assertThat(PgBench.socketsTo(postgres.port())).isOne();
        assertThat(bench.connect(tls(Mode.REQUIRE, Duration.ofSeconds(5)), SESSIONS))
                .isEqualTo(new Refused("the server speaks no TLS"));
        await().until(() -> PgBench.socketsTo(postgres.port()) == 1);
    }

    @Test
    void aPeerThatIsNoPostgresIsRefused() throws Exception {
        try (ServerSocket peer = new ServerSocket(0)) {
            Thread talker = new Thread(() -> {
                try (var socket = peer.accept()) {
                    socket.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n"
                                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            talker.start();
            DatabaseConfig elsewhere = faulty().port(peer.getLocalPort())
                    .connectTimeout(Duration.ofSeconds(2))
                    .build();

            assertThat(bench.refusal(elsewhere, SESSIONS)).isNotEmpty();
            talker.join(5_000);
        }
    }

    @Test
    void manyAttemptsLeaveNothingBehind() throws Exception {
        DatabaseConfig wrong = faulty().database("no_such_database").build();
        PgConnector failing = new PgConnector(wrong, SESSIONS, PgBench.QUERY_TIMEOUT, bench.loop);
        PgConnector working = new PgConnector(config(), SESSIONS, PgBench.QUERY_TIMEOUT, bench.loop);
        long before = vertxObjects();

        for (int i = 0; i < 100; i++) {
            assertThat(bench.connect(failing))
                    .isEqualTo(new Refused("PostgreSQL: database \"no_such_database\" does not exist (3D000)"));
            assertThat(bench.connect(working)).isInstanceOf(Connected.class);
            bench.closeConnections();
        }

        await().until(() -> PgBench.socketsTo(postgres.port()) == 0);
        await().untilAsserted(() -> assertThat(vertxObjects()).isLessThan(before + 50));
    }

    /** How many clients, connections and contexts of Vert.x and its pg-client are reachable. */
    private static long vertxObjects() throws Exception {
        Object histogram = ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .toString()
                .lines()
                .filter(line -> line.matches(".* io\\.vertx\\..*(Client|Connection|Context)(Impl|Factory)?( .*)?"))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", -1)[1]))
                .sum();
    }
}
