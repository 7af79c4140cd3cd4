package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole gateway under steady requests while its database fares badly. */
@ExtendWith(LeakWatch.class)
class BadWeatherTest {

    private static final String SECRET = "a secret of the application, long enough for HS256";
    private static final String APPLICATION = "weather";
    private static final int USERS = 20;

    /** How long the database is frozen. */
    private static final Duration FROZEN = Duration.ofSeconds(Integer.getInteger("sessiongate.test.frozenSeconds", 30));

    private static TestPostgres postgres;

    @TempDir
    private Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final WireMockServer application = new WireMockServer(options().dynamicPort());
    private String database;
    private Gateway gateway;
    private Load load;

    @BeforeAll
    static void startDatabase() {
        postgres = TestPostgres.start(Map.of("max_connections", "15", "superuser_reserved_connections", "3"));
        postgres.run("postgres", "create role app login");
    }

    @AfterAll
    static void stopDatabase() {
        postgres.close();
    }

    @BeforeEach
    void start() throws IOException {
        database = postgres.newDatabase();
        postgres.run(
                database,
                "create table sessions (id text primary key, user_id text not null, revoked boolean)",
                "insert into sessions select 's' || i, 'u' || i, false from generate_series(1, " + 2 * USERS + ") i",
                "grant all on sessions to app");
        application.start();
        application.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200)));
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                drain: 0s
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "${JWT_SECRET}" } ]
                    session:
                      database: "%s"
                      table: sessions
                      columns: { id: id, subject: user_id, revoked: revoked }
                      check: { revalidate-after: 1s, refresh-ahead: 300ms, expiring-within: 0s, revalidate-expiring-after: 1s }
                      query-timeout: 1s
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(
                        postgres.url(database).replace(TestPostgres.USER + "@", "app@")
                                + "?connection_limit=2&application_name=" + APPLICATION,
                        application.port()));
        LoadResult result = ConfigLoader.load(file, Map.of("JWT_SECRET", SECRET)::get);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        gateway = Gateway.start(((LoadResult.Loaded) result).config());
        load = new Load();
        awaitServed(0);
    }

    @AfterEach
    void stop() throws InterruptedException {
        load.end();
        gateway.stop();
        application.stop();
    }

    /** However busy the machine is. */
    private void awaitServed(int before) {
        await().atMost(Duration.ofMinutes(1)).until(() -> load.served.get() > before + 5 * USERS);
    }

    private int ask(int user) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway.addresses().get(0).getPort() + "/"))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token(user))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static String token(int user) {
        long now = Instant.now().getEpochSecond();
        return JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8))
                .sign(Map.of("sub", "u" + user, "sid", "s" + user, "iat", now, "exp", now + 3_600));
    }

    private double metric(String line) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + "/metrics"))
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    private double checked() throws IOException, InterruptedException {
        return metric("sessiongate_session_checks_total");
    }

    /** Requests of the first users, one after the other, until it is ended; whatever is not a 200 is kept. */
    private final class Load {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger served = new AtomicInteger();
        private final ConcurrentLinkedQueue<String> bad = new ConcurrentLinkedQueue<>();
        private final Thread thread = new Thread(this::run, "weather-load");

        Load() {
            thread.start();
        }

        private void run() {
            for (int i = 0; !over.get(); i++) {
                try {
                    int status = ask(1 + i % USERS);
                    if (status == 200) {
                        served.incrementAndGet();
                    } else {
                        bad.add(Integer.toString(status));
                    }
                } catch (IOException | InterruptedException e) {
                    bad.add(e.toString());
                }
            }
        }

        void end() throws InterruptedException {
            over.set(true);
            thread.join(TimeUnit.SECONDS.toMillis(30));
        }
    }

    /** Stops all of the server: who forks first, lest there be a process that nobody knows of. */
    private List<Long> freezeServer() {
        List<Long> frozen = new ArrayList<>(List.of(postgres.postmaster()));
        try {
            TestPostgres.freeze(postgres.postmaster());
            ProcessHandle.of(postgres.postmaster()).orElseThrow().children().forEach(process -> {
                frozen.add(process.pid());
                TestPostgres.freeze(process.pid());
            });
        } catch (RuntimeException e) {
            // Left as it is it would keep every test behind this one waiting.
            frozen.forEach(TestPostgres::thaw);
            throw e;
        }
        return frozen;
    }

    /** Nobody who is known is refused, nobody who is not known is let in or signed out, and it is found again when it is back. */
    @Test
    void aFrozenDatabaseKeepsNobodyWhoIsKnownWaitingOnceTheBreakerIsOpen() throws Exception {
        List<Long> frozen = freezeServer();
        long begunNanos = System.nanoTime();
        try {
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> metric("sessiongate_session_circuit_open_circuits") == 1);
            int servedBefore = load.served.get();

            int unknown = USERS + 1;
            while (System.nanoTime() - begunNanos < FROZEN.toNanos()) {
                assertThat(ask(unknown++ % USERS + USERS + 1)).isEqualTo(503);
                await().pollDelay(Duration.ofMillis(200)).until(() -> true);
            }

            assertThat(load.served.get()).isGreaterThan(servedBefore + USERS);
            assertThat(load.bad).isEmpty();
            assertThat(metric("sessiongate_session_connections{")).isLessThanOrEqualTo(2);
        } finally {
            frozen.forEach(TestPostgres::thaw);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> ask(2 * USERS) == 200);
        assertThat(metric("sessiongate_session_circuit_open_circuits")).isZero();
        assertThat(load.bad).isEmpty();
    }

    @Test
    void aRestartOfTheDatabaseIsNotNoticedByWhoIsKnown() throws Exception {
        postgres.stop();
        int served = load.served.get();
        awaitServed(served);
        postgres.startAgain();

        double before = checked();
        await().atMost(Duration.ofSeconds(20)).until(() -> checked() > before + USERS);
        assertThat(ask(USERS + 1)).isEqualTo(200);
        assertThat(load.bad).isEmpty();
    }

    @Test
    void aLockedTableIsAskedAgainOnceItIsFree() throws Exception {
        try (Connection holder = postgres.connect(database);
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("lock table sessions in access exclusive mode");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> metric("sessiongate_session_circuit_open_circuits") == 1);
            assertThat(ask(USERS + 1)).isEqualTo(503);
            assertThat(load.bad).isEmpty();
            holder.rollback();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> ask(USERS + 1) == 200);
        assertThat(load.bad).isEmpty();
    }

    @Test
    void aSessionRevokedInBadWeatherIsOutWhenItIsOver() throws Exception {
        postgres.run(database, "update sessions set revoked = true where id = 's" + (USERS + 2) + "'");
        List<Long> frozen = freezeServer();
        try {
            assertThat(ask(USERS + 2)).isNotEqualTo(200);
        } finally {
            frozen.forEach(TestPostgres::thaw);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> ask(USERS + 2) == 401);
    }

    @Test
    void connectionsThatOthersTookKeepNobodyOutWhoIsKnown() throws Exception {
        List<Connection> others = new ArrayList<>();
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                takeAllThatAreLeft(others);
                endTheGateways();
                takeAllThatAreLeft(others);
                // One that is just logging in has a place and is not to be seen: nobody has it once one was refused.
                return postgres.backends(APPLICATION).isEmpty()
                        && metric("sessiongate_session_connects_failed_attempts_total") > 0;
            });
            int served = load.served.get();
            awaitServed(served);
            assertThat(ask(USERS + 3)).isEqualTo(503);
            assertThat(load.bad).isEmpty();
        } finally {
            for (Connection other : others) {
                other.close();
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> ask(USERS + 3) == 200);
        assertThat(load.bad).isEmpty();
    }

    private void takeAllThatAreLeft(List<Connection> others) {
        String url = "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database + "?connectTimeout=5";
        try {
            while (others.size() < 100) {
                others.add(DriverManager.getConnection(url, "app", ""));
            }
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("53300");
        }
    }

    private static void endTheGateways() {
        postgres.run(
                "postgres",
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '" + APPLICATION
                        + "'");
    }
}
